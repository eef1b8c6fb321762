using System.Text;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Storage.InfluxDb;

namespace OtGuard.Storage.Tests.InfluxDb;

[TestClass]
public sealed class LineProtocolTests
{
    [TestMethod]
    public void Names_and_values_are_escaped_as_the_reference_has_it()
    {
        var point = new SeriesPoint(
            "my measure,ment",
            new Dictionary<string, string?> { ["zone"] = "a=b, c", ["asset"] = null, ["site"] = "" },
            new Dictionary<string, SeriesValue>
            {
                ["a b"] = SeriesValue.Of(1.5),
                ["whole"] = SeriesValue.Of(-3L),
                ["text"] = SeriesValue.Of("say \"hi\" \\ \n next"),
            },
            new CaptureTime(1_700_000_000_000_000_001));
        var text = new StringBuilder();

        LineProtocol.Append(text, point);

        Assert.AreEqual(
            "my\\ measure\\,ment,zone=a\\=b\\,\\ c a\\ b=1.5,whole=-3i,text=\"say \\\"hi\\\" \\\\   next\" "
            + "1700000000000000001\n", text.ToString());
    }

    [TestMethod]
    public void A_point_is_one_line_whatever_it_holds()
    {
        foreach (var nasty in new[] { "a\nb", "a\r\nb", "\n", "\\", "a\\", "a\\ b", "ü→✓" })
        {
            var text = new StringBuilder();
            LineProtocol.Append(text, new SeriesPoint(
                "m", new Dictionary<string, string?> { ["zone"] = nasty },
                    new Dictionary<string, SeriesValue> { ["t"] = SeriesValue.Of(nasty) }, default));

            Assert.AreEqual(text.Length - 1, text.ToString().IndexOf('\n'), nasty);
        }
    }

    [TestMethod]
    public void A_point_without_fields_is_none()
    {
        var text = new StringBuilder();

        LineProtocol.Append(text,
            new SeriesPoint("m", new Dictionary<string, string?>(), new Dictionary<string, SeriesValue>(), default));

        Assert.AreEqual(0, text.Length);
    }

    [TestMethod]
    public void A_value_that_is_not_finite_is_refused() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SeriesValue.Of(double.NaN));
}
