namespace OtGuard.Models.Tests.Vocabulary;

[TestClass]
public sealed class DifferenceTests
{
    private const string Scada = "10.0.0.5";
    private const string Plc = "10.0.0.9";

    [TestMethod]
    public void A_baseline_does_not_differ_from_itself_nor_from_more_of_the_same()
    {
        var baseline = Traffic.Learn(t => t.Read(Scada, Plc, 0, 10));
        var more = Traffic.Learn(t =>
        {
            t.Read(Scada, Plc, 0, 10);
            t.Read(Scada, Plc, 0, 10);
        });

        Assert.IsEmpty(BaselineDifference.Between(baseline, more));
    }

    [TestMethod]
    public void What_became_permitted_is_gone_the_other_way_round()
    {
        var older = Traffic.Learn(t => t.Read(Scada, Plc, 0, 10));
        var newer = Traffic.Learn(t =>
        {
            t.Read(Scada, Plc, 0, 10);
            t.Write("10.0.0.66", Plc, 40);
        });

        var forward = BaselineDifference.Between(older, newer);
        var backward = BaselineDifference.Between(newer, older);

        Assert.Contains(
            new BaselineChange(BaselineChangeKind.Permitted, "writers", "10.0.0.66 -> 10.0.0.9 test unit 1", null, null),
            forward.Select(change => change with { Text = change.Text.Replace("modbus", "test", StringComparison.Ordinal) }));
        Assert.AreSequenceEqual(
            forward.Select(change => (change.Section, change.Text)), backward.Select(change => (change.Section, change.Text)));
        Assert.IsTrue(forward.All(change => change.Kind == BaselineChangeKind.Permitted));
        Assert.IsTrue(backward.All(change => change.Kind == BaselineChangeKind.Gone));
    }

    [TestMethod]
    public void Of_a_range_the_addresses_that_were_added_are_told()
    {
        var older = Traffic.Learn(t => t.Read(Scada, Plc, 0, 10));
        var newer = Traffic.Learn(t =>
        {
            t.Read(Scada, Plc, 0, 20);
            t.Read(Scada, Plc, 100, 1);
        });

        var change = BaselineDifference.Between(older, newer).Single();

        Assert.AreEqual("read-ranges", change.Section);
        Assert.EndsWith("holding registers 10-19, 100", change.Text);
    }

    [TestMethod]
    public void A_setting_that_changed_is_told_with_both_values()
    {
        var older = Traffic.Learn(_ => { });
        var newer = Traffic.Learn(_ => { }, new LearningOptions { Approvers = 2 });

        Assert.AreEqual(
            new BaselineChange(BaselineChangeKind.Changed, "settings", "approvers", "1", "2"),
            BaselineDifference.Between(older, newer).Single());
    }
}
