using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Tests.Vocabulary;

[TestClass]
public sealed class ExtendingTests
{
    private const string Scada = "10.0.0.5";
    private const string Plc = "10.0.0.9";
    private const string Late = "10.0.0.7";

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [TestMethod]
    public void What_either_learned_is_known_afterwards()
    {
        var earlier = Learn(null, t => t.Read(Scada, Plc, 0, 10));

        var extended = Learn(earlier, t => t.Write(Late, Plc, 40), after: Day);

        Assert.IsTrue(extended.KnownHost(Traffic.Ip(Scada)));
        Assert.AreSequenceEqual(new[] { Traffic.Ip(Late) }, extended.WritersOf(Traffic.Ip(Plc), 1));
        Assert.AreSequenceEqual(
            new[] { new AddressInterval(0, 9) },
            extended.RangesOf(Traffic.Ip(Scada), Traffic.Ip(Plc), 1, TargetSpace.HoldingRegisters, isWrite: false));
        Assert.AreEqual(earlier.ContentHash, extended.LearnedFrom.Extends);
        Assert.AreEqual("first.pcap, second.pcap", string.Join(", ", extended.LearnedFrom.Files));
    }

    [TestMethod]
    public void Learning_in_parts_gives_the_completeness_of_learning_at_once()
    {
        // Whole days, so that occasions begin at the same moments in both.
        var whole = Learn(null, t => Days(t, 0, 7));
        var parts = Learn(Learn(null, t => Days(t, 0, 3)), t => Days(t, 3, 7), after: 3 * Day);

        foreach (var family in whole.Completeness.Families)
        {
            var other = parts.Completeness[family.Family];
            Assert.AreEqual(family.Facts, other.Facts, family.Family.ToString());
            Assert.AreSequenceEqual(family.Counts, other.Counts, family.Family.ToString());
        }

        Assert.IsTrue(parts.Completeness[FactFamily.Functions].IsComplete);
        Assert.AreSequenceEqual(whole.Ranges.Select(Text), parts.Ranges.Select(Text));
        Assert.AreSequenceEqual(
            whole.Hosts.Select(host => (host.Address, host.Stage, host.Seen.Tally)),
            parts.Hosts.Select(host => (host.Address, host.Stage, host.Seen.Tally)));

        static string Text(RangeFact range) =>
            $"{range.Seen} {string.Join(';', range.Requests.Select(group => $"{group.Seen}: {string.Join(',', group.Requests)}"))}";
    }

    [TestMethod]
    public void The_same_traffic_learned_twice_makes_nothing_more_complete()
    {
        var once = Learn(null, t => Days(t, 0, 1));

        var twice = Learn(once, t => Days(t, 0, 1));

        foreach (var family in once.Completeness.Families)
            Assert.AreSequenceEqual(family.Counts, twice.Completeness[family.Family].Counts, family.Family.ToString());
        Assert.AreEqual(once.LearnedFrom.Observed, twice.LearnedFrom.Observed);
    }

    [TestMethod]
    public void Extending_by_nothing_changes_no_fact()
    {
        var earlier = Learn(null, t => Days(t, 0, 1));

        var extended = Learn(earlier, _ => { });

        Assert.IsEmpty(BaselineDifference.Between(earlier, extended));
        Assert.AreSequenceEqual(earlier.Hosts, extended.Hosts);
        Assert.AreEqual(earlier.LearnedFrom.Observed, extended.LearnedFrom.Observed);
    }

    [TestMethod]
    public void An_extended_baseline_is_read_as_it_was_written()
    {
        var extended = Learn(Learn(null, t => Days(t, 0, 1)), t => Days(t, 1, 2), after: Day);
        using var stream = new MemoryStream();
        extended.Save(stream);
        stream.Position = 0;

        Assert.AreEqual(extended.ContentHash, Baseline.Load(stream).ContentHash);
    }

    [TestMethod]
    public void A_family_without_a_new_model_keeps_its_earlier_one_and_its_calibration()
    {
        var earlier = new ModelSet([new Model("old", ["a"], 1)], [Scale("a", 2)]);
        var later = new ModelSet([new Model("new", ["b"], 2)], [Scale("b", 3)]);

        var extended = later.Extend(earlier);

        Assert.HasCount(2, extended.Models);
        Assert.AreSequenceEqual(
            extended.Models.SelectMany(model => model.Scales), extended.Scales.Select(scale => scale.Scale));
        Assert.AreSame(earlier.Scales[0], extended.Scales.Single(scale => scale.Scale == "a"));
    }

    [TestMethod]
    public void A_family_that_takes_something_over_is_worth_what_both_calibrations_say_and_one_that_does_not_its_own()
    {
        var earlier = new ModelSet([new Model("m", ["a"], 1)], [Scale("a", 2, 9, 5, 3)]);

        var merged = new ModelSet([new Model("m", ["a"], 2) { Merges = true }], [Scale("a", 4, 8)]).Extend(earlier);
        var replaced = new ModelSet([new Model("m", ["a"], 2)], [Scale("a", 4, 8)]).Extend(earlier);

        Assert.AreEqual(3, ((Model)merged.Models[0]).Known);
        Assert.AreEqual(TimeSpan.FromHours(2), merged.Scales[0].Exposure);
        Assert.AreEqual(4.0, merged.Scales[0].Candidate);
        Assert.AreSequenceEqual(new[] { 9.0, 8, 5 }, merged.Scales[0].Events);
        Assert.AreEqual(2, ((Model)replaced.Models[0]).Known);
        Assert.AreEqual(TimeSpan.FromHours(1), replaced.Scales[0].Exposure);
    }

    [TestMethod]
    public void The_budget_that_the_data_support_is_one_event_in_the_clean_time_for_each_scale()
    {
        var models = new ModelSet([new Model("m", ["a", "b"], 1)], [Scale("a", 1, 5, 4, 3), Scale("b", 1)]);

        var reach = BudgetReach.Of(models, new ModelOptions { FitShare = 0.5 }, new AlarmBudget(1));

        Assert.AreEqual(48.0, reach[0].SmallestBudget, 1e-9);
        Assert.AreEqual(0.25, reach[0].LeastP);
        Assert.AreEqual(TimeSpan.FromDays(4), reach[0].LearningNeeded);
    }

    private static void Days(Traffic traffic, int from, int to)
    {
        for (var minute = from * 24 * 60; minute < to * 24 * 60; minute += 5)
        {
            traffic.Time = Traffic.Start;
            traffic.After(TimeSpan.FromMinutes(minute));
            traffic.Read(Scada, Plc, 0, 10);
            if (minute % 1440 == 600) traffic.Write(Scada, Plc, 100);
            if (minute == 2 * 1440) traffic.Write(Scada, Plc, 200);
            if (minute is 1440 or 5 * 1440) traffic.Read(Scada, Plc, 300, 1);
        }
    }

    private static Baseline Learn(Baseline? earlier, Action<Traffic> act, TimeSpan after = default)
    {
        var learner = new VocabularyLearner(
            Traffic.Protocols, FrameSelection.All,
            new LearningOptions { Files = [earlier is null ? "first.pcap" : "second.pcap"] }, earlier);
        var traffic = new Traffic(learner);
        traffic.After(after);
        act(traffic);
        traffic.Flush();
        return learner.Complete();
    }

    private static ScaleCalibration Scale(string name, double candidate, params double[] events) => new()
    {
        Scale = name,
        Candidate = candidate,
        Exposure = TimeSpan.FromHours(1),
        Events = events,
        EventCount = events.Length,
    };

    private sealed class Model(string family, IReadOnlyList<string> scales, int known) : FamilyModel
    {
        public bool Merges { get; init; }

        public int Known => known;

        public override string Family => family;

        public override IReadOnlyList<string> Scales => scales;

        public override FamilyModel Merge(FamilyModel earlier) =>
            Merges ? new Model(family, scales, known + ((Model)earlier).Known) : base.Merge(earlier);

        public override IEnumerable<string> Lines() => [$"knows {known}"];

        public override void Write(ModelWriter writer) => writer.Write(known);

        public override FamilyWatch CreateWatch(WatchContext context) => throw new NotSupportedException();
    }
}
