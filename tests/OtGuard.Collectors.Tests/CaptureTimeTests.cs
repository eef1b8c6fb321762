namespace OtGuard.Collectors.Tests;

[TestClass]
public sealed class CaptureTimeTests
{
    [TestMethod]
    [DataRow(0L, "1970-01-01T00:00:00.000000000Z")]
    [DataRow(1_595_660_608_237_928_001L, "2020-07-25T07:03:28.237928001Z")]
    [DataRow(-1L, "1969-12-31T23:59:59.999999999Z")]
    [DataRow(long.MaxValue, "2262-04-11T23:47:16.854775807Z")]
    [DataRow(long.MinValue, "1677-09-21T00:12:43.145224192Z")]
    public void Text_is_rfc_3339_with_nanoseconds(long nanoseconds, string expected) =>
        Assert.AreEqual(expected, new CaptureTime(nanoseconds).ToString());

    [TestMethod]
    public void Seconds_beyond_the_range_saturate()
    {
        Assert.AreEqual(long.MaxValue, CaptureTime.FromSeconds(long.MaxValue, 0).UnixNanoseconds);
        Assert.AreEqual(long.MinValue, CaptureTime.FromSeconds(long.MinValue, 0).UnixNanoseconds);
    }
}
