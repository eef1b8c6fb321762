using System.Globalization;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

/// <summary>
/// The figures of <c>tests/results/can-fields.md</c>. The floors are those figures less one boundary in ten: they
/// notice what breaks, not what shifts.
/// </summary>
[TestClass]
public sealed class FieldScoreTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("can/ev/EV-CANeplus2.log.gz", "can/formats/LeafPowertrainBus.dbc", 0.84, 0.80)]
    [DataRow("can/ev/2009_Zebra_Frozenbattery.trc.gz", "can/formats/ThinkCity.dbc", 0.85, 0.80)]
    [DataRow("can/otids/a1.txt", "can/dbc/hyundai_2015_ccan.dbc", 0.80, 0.70)]
    [DataRow("can/similarity/test_data.log", "can/dbc/hyundai_2015_ccan.dbc", 0.73, 0.53)]
    public void Inferred_fields_are_those_of_the_database_that_belongs_to_the_bus(
        string capture, string dbc, double leastF1, double leastExact)
    {
        var (maps, changed) = FieldScore.Learn(SharedData.PathOf(capture));
        var file = DbcReader.ReadFile(SharedData.PathOf(dbc));

        var inferred = FieldScore.Of(maps, changed, file, bytesOnly: false);
        var bytes = FieldScore.Of(maps, changed, file, bytesOnly: true);

        TestContext.WriteLine($"{capture} by {dbc}: {inferred.Messages} messages, {inferred.Signals} signals that vary");
        TestContext.WriteLine("inferred      " + Text(inferred));
        TestContext.WriteLine("byte by byte  " + Text(bytes));
        Assert.IsGreaterThanOrEqualTo(leastF1, inferred.F1);
        Assert.IsGreaterThanOrEqualTo(leastExact, inferred.Exact);
        Assert.IsGreaterThan(bytes.Exact, inferred.Exact);
    }

    private static string Text(FieldScore score) => string.Create(
        CultureInfo.InvariantCulture,
        $"boundaries: precision {score.Precision:0.000} recall {score.Recall:0.000} F1 {score.F1:0.000}; signals: {score.Exact:0.000} as far as visible, {score.ExactWhole:0.000} whole");
}
