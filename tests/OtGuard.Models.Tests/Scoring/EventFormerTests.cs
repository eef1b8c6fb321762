using OtGuard.Models.Scoring;

namespace OtGuard.Models.Tests.Scoring;

/// <summary>What counts as one event.</summary>
[TestClass]
public sealed class EventFormerTests
{
    private const long Second = 1_000_000_000;

    private readonly List<ScoreEvent> _closed = [];
    private readonly EventFormer _events;

    public EventFormerTests() => _events = new EventFormer(new ModelOptions()) { Closed = _closed.Add };

    [TestMethod]
    public void Candidates_that_follow_each_other_are_one_event_with_the_greatest_score()
    {
        var first = Add(0, 2);
        Assert.AreSame(first, Add(5, 7));
        Assert.AreSame(first, Add(10, 3));
        _events.CloseAll();

        var over = Assert.ContainsSingle(_closed);
        Assert.AreEqual(7, over.Top.Value);
        Assert.AreEqual(3, over.Count);
        Assert.AreEqual((0, 10 * Second), (over.First, over.Last));
    }

    [TestMethod]
    public void Candidate_after_more_than_the_gap_begins_another_event()
    {
        var first = Add(0, 2);
        var second = Add(5.1, 3);

        Assert.AreNotSame(first, second);
        Assert.AreNotEqual(first.Number, second.Number);
        Assert.AreSame(first, Assert.ContainsSingle(_closed));
    }

    [TestMethod]
    public void Gap_grows_with_the_cycle_of_what_is_judged()
    {
        var minute = TimeSpan.FromMinutes(1);
        var first = Add(0, 2, cycle: minute);

        Assert.AreSame(first, Add(179, 2, cycle: minute));
        Assert.AreNotSame(first, Add(179 + 181, 2, cycle: minute));
    }

    [TestMethod]
    public void Keys_and_scales_have_events_of_their_own()
    {
        Assert.AreNotSame(Add(0, 2, key: 1), Add(0, 2, key: 2));
        Assert.AreNotSame(Add(0, 2, scale: 0), Add(0, 2, scale: 1));
    }

    [TestMethod]
    public void Event_without_a_candidate_for_the_gap_is_closed_by_time()
    {
        Add(0, 2);

        _events.CloseUntil(5 * Second, static (_, _) => TimeSpan.Zero);
        Assert.IsEmpty(_closed);
        _events.CloseUntil(6 * Second, static (_, _) => TimeSpan.Zero);
        Assert.HasCount(1, _closed);
        _events.CloseAll();
        Assert.HasCount(1, _closed);
    }

    [TestMethod]
    public void Clock_set_back_within_an_event_does_not_end_it()
    {
        var first = Add(100, 2);

        Assert.AreSame(first, Add(50, 2));
        Assert.AreEqual(100 * Second, first.Last);
    }

    [TestMethod]
    public void Beyond_its_capacity_the_oldest_event_is_closed_and_counted()
    {
        for (var key = 0; key <= EventFormer.Capacity; key++) Add(key / 1e6, 2, key: key);

        Assert.AreEqual(1, _events.Forgotten);
        Assert.AreEqual(0, Assert.ContainsSingle(_closed).Top.Key);
    }

    private ScoreEvent Add(double seconds, double value, int scale = 0, int key = 0, TimeSpan cycle = default) =>
        _events.Add(new Score(scale, key, value, 0, 0, 0), (long)(seconds * Second), cycle);
}
