using OtGuard.Models.Scoring;

namespace OtGuard.Models.Tests.Vocabulary;

[TestClass]
public sealed class StageTests
{
    private const string Scada = "10.0.0.5";
    private const string Plc = "10.0.0.9";
    private const string New = "10.0.0.7";

    [TestMethod]
    public void An_asset_found_late_learns_on_its_own_while_others_are_operational()
    {
        var baseline = Traffic.Learn(t =>
        {
            Poll(t, TimeSpan.FromDays(6), Scada);
            Poll(t, TimeSpan.FromMinutes(30), Scada, New);
        });

        Assert.AreEqual(LearningStage.Operational, baseline.StageOf(Traffic.Ip(Scada), FactFamily.Functions));
        Assert.AreEqual(LearningStage.Learning, baseline.StageOf(Traffic.Ip(New), FactFamily.Functions));
        Assert.AreEqual(LearningStage.Learning, baseline.HostOf(Traffic.Ip(New))!.Stage);
        Assert.AreEqual(LearningStage.Operational, baseline.HostOf(Traffic.Ip(Scada))!.Stage);
    }

    [TestMethod]
    public void The_stages_of_one_asset_differ_by_family()
    {
        var baseline = Traffic.Learn(t =>
        {
            for (uint day = 0; day < 6; day++)
            {
                t.Write(Scada, Plc, 1000 + day * 10);
                Poll(t, TimeSpan.FromDays(1), Scada);
            }
        });

        Assert.AreEqual(LearningStage.Operational, baseline.StageOf(Traffic.Ip(Plc), FactFamily.ReadRanges));
        Assert.AreEqual(LearningStage.Dynamic, baseline.StageOf(Traffic.Ip(Plc), FactFamily.WriteRanges));
        Assert.IsFalse(baseline.WriteSideKnown(Traffic.Ip(Plc)));
        Assert.AreEqual(6, baseline.CompletenessOf(Traffic.Ip(Plc), FactFamily.WriteRanges)!.Facts);
    }

    [TestMethod]
    public void Hours_make_it_dynamic_and_minutes_leave_it_learning()
    {
        var minutes = Traffic.Learn(t => Poll(t, TimeSpan.FromMinutes(50), Scada));
        var hours = Traffic.Learn(t => Poll(t, TimeSpan.FromHours(6), Scada));

        Assert.AreEqual(LearningStage.Learning, minutes.StageOf(Traffic.Ip(Scada), FactFamily.Functions));
        Assert.AreEqual(LearningStage.Dynamic, hours.StageOf(Traffic.Ip(Scada), FactFamily.Functions));
        Assert.AreEqual(LearningStage.Learning, hours.StageOf(Traffic.Ip("10.9.9.9"), FactFamily.Functions));
    }

    [TestMethod]
    [DataRow(0.5, 1.0, 1.0, 1.0, LearningStage.Learning, DisplayName = "less than an hour")]
    [DataRow(2.0, 1.0, 1.5, 1.2, LearningStage.Dynamic, DisplayName = "hours, stable")]
    [DataRow(30.0, 1.0, 1.5, 1.2, LearningStage.Operational, DisplayName = "more than a day, stable")]
    [DataRow(30.0, 1.0, 2.5, 1.2, LearningStage.Learning, DisplayName = "changing")]
    [DataRow(30.0, 1.0, double.NaN, 1.2, LearningStage.Learning, DisplayName = "no number")]
    public void A_model_is_as_far_as_it_was_seen_and_stayed_the_same(
        double hours, double first, double second, double third, LearningStage expected)
    {
        var stage = ModelStages.Of(TimeSpan.FromHours(hours), [first, second, third], new LearningOptions());

        Assert.AreEqual(expected, stage);
    }

    [TestMethod]
    public void A_family_of_models_that_is_not_there_is_learning() =>
        Assert.AreEqual(
            LearningStage.Learning, Traffic.Learn(t => Poll(t, TimeSpan.FromHours(1), Scada)).StageOf(Traffic.Ip(Scada), "signals"));

    private static void Poll(Traffic traffic, TimeSpan span, params string[] clients)
    {
        for (var end = traffic.Time.UnixNanoseconds + span.Ticks * 100; traffic.Time.UnixNanoseconds < end;)
        {
            foreach (var client in clients) traffic.Read(client, Plc, 0, 10);
            traffic.After(TimeSpan.FromMinutes(1));
        }
    }
}
