namespace OtGuard.Models.Tests.Vocabulary;

[TestClass]
public sealed class PoisoningTests
{
    private const string Scada = "10.0.0.5";
    private const string Standby = "10.0.0.6";
    private const string Plc = "10.0.0.9";

    [TestMethod]
    public void Ten_ordinary_days_show_no_sign()
    {
        var report = PoisoningReport.Of(Traffic.Learn(t => Days(t, null)), new PoisoningOptions());

        Assert.IsEmpty(report.Suspects);
        Assert.IsEmpty(report.NotLookedFor);
    }

    [TestMethod]
    public void A_write_by_one_host_in_the_last_night_shows_every_sign_and_is_told_in_words()
    {
        // Start is 22:13 UTC: the tenth night.
        var baseline = Traffic.Learn(t => Days(t, 9 * 24));

        var report = PoisoningReport.Of(baseline, new PoisoningOptions());

        var writer = report.Suspects.Single(suspect => suspect.Fact.Family == FactFamily.Writers);
        Assert.AreEqual(
            PoisoningSigns.Rare | PoisoningSigns.OneHost | PoisoningSigns.OddHours | PoisoningSigns.NearEnd, writer.Signs);
        Assert.StartsWith("10.0.0.6 writes to 10.0.0.9", writer.Fact.Permits);
        Assert.IsTrue(report.Suspects.All(suspect => suspect.Fact.Actor == Traffic.Ip(Standby)));
    }

    [TestMethod]
    public void A_write_at_noon_in_the_middle_is_rare_and_by_one_host_and_nothing_else()
    {
        var report = PoisoningReport.Of(Traffic.Learn(t => Days(t, 4 * 24 + 14)), new PoisoningOptions());

        Assert.AreEqual(
            PoisoningSigns.Rare | PoisoningSigns.OneHost,
            report.Suspects.Single(suspect => suspect.Fact.Family == FactFamily.Writers).Signs);
    }

    [TestMethod]
    public void The_night_is_that_of_the_place()
    {
        // 12:13 UTC is 22:13 ten hours ahead of it.
        var options = new PoisoningOptions { UtcOffset = 10 };

        var report = PoisoningReport.Of(Traffic.Learn(t => Days(t, 4 * 24 + 14)), options);

        Assert.IsTrue(report.Suspects.Single(suspect => suspect.Fact.Family == FactFamily.Writers)
            .Signs.HasFlag(PoisoningSigns.OddHours));
    }

    [TestMethod]
    public void Of_minutes_it_is_said_what_cannot_be_told()
    {
        var report = PoisoningReport.Of(Traffic.Learn(t => t.Read(Scada, Plc, 0, 1)), new PoisoningOptions());

        Assert.IsEmpty(report.Suspects);
        Assert.HasCount(3, report.NotLookedFor);
    }

    private static void Days(Traffic traffic, int? writeAtHour)
    {
        for (var hour = 0; hour < 10 * 24; hour++)
        {
            traffic.Read(Scada, Plc, 0, 10);
            traffic.Read(Standby, Plc, 0, 10);
            if (hour == writeAtHour) traffic.Write(Standby, Plc, 40);
            traffic.After(TimeSpan.FromHours(1));
        }
    }
}
