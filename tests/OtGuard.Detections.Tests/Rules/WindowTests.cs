using OtGuard.Collectors;
using OtGuard.Detections.Probing;
using OtGuard.Detections.Windows;

namespace OtGuard.Detections.Tests.Rules;

[TestClass]
public sealed class WindowTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [TestMethod]
    [DataRow(2, 0L, false, DisplayName = "one below the threshold")]
    [DataRow(3, 0L, true, DisplayName = "the threshold at the very end of the window")]
    [DataRow(3, 100L, false, DisplayName = "the threshold just after the window")]
    [DataRow(4, 0L, true, DisplayName = "one above the threshold")]
    public void Event_window_is_full_at_its_threshold_within_its_span(int events, long lateByNanoseconds, bool expected)
    {
        var window = new EventWindow(3, Minute);
        var full = false;
        for (var i = 0; i < events - 1; i++) full = window.Add(At(0, i + 1));
        full = window.Add(At(Minute.Ticks * 100 + lateByNanoseconds, events));

        Assert.AreEqual(expected, full);
    }

    [TestMethod]
    public void Event_window_slides()
    {
        var window = new EventWindow(3, Minute);

        Assert.IsFalse(window.Add(At(Seconds(0), 1)));
        Assert.IsFalse(window.Add(At(Seconds(50), 2)));
        Assert.IsFalse(window.Add(At(Seconds(70), 3)));
        Assert.IsTrue(window.Add(At(Seconds(110), 4)));
        Assert.AreEqual(2, window.Oldest.RequestFrame);
        Assert.AreSequenceEqual(new long[] { 2, 3 }, window.Earlier().Select(item => item.RequestFrame).ToArray());
    }

    [TestMethod]
    public void Distinct_window_counts_one_seen_again_once_and_at_its_latest_time()
    {
        var window = new DistinctWindow<int>(3, Minute);

        Assert.IsFalse(window.Add(1, At(Seconds(0), 1)));
        Assert.IsFalse(window.Add(2, At(Seconds(1), 2)));
        Assert.IsFalse(window.Add(1, At(Seconds(2), 3)));
        Assert.IsFalse(window.Add(1, At(Seconds(50), 4)));
        Assert.IsTrue(window.Add(3, At(Seconds(61), 5)));
        Assert.AreEqual(2, window.Oldest.RequestFrame);
    }

    [TestMethod]
    public void Distinct_window_forgets_what_is_older_than_its_span()
    {
        var window = new DistinctWindow<int>(3, Minute);

        window.Add(1, At(Seconds(0), 1));
        window.Add(2, At(Seconds(30), 2));
        Assert.IsFalse(window.Add(3, At(Seconds(61), 3)));
        Assert.IsTrue(window.Add(4, At(Seconds(90), 4)));
    }

    [TestMethod]
    public void Lru_table_forgets_the_key_untouched_for_longest_and_counts_it()
    {
        var table = new LruTable<int, string>(2);
        table.GetOrAdd(1, () => "one");
        table.GetOrAdd(2, () => "two");
        Assert.IsTrue(table.TryGet(1, out _));
        table.GetOrAdd(3, () => "three");

        Assert.IsFalse(table.TryGet(2, out _));
        Assert.IsTrue(table.TryGet(1, out var one));
        Assert.AreEqual("one", one);
        Assert.AreEqual(2, table.Count);
        Assert.AreEqual(1, table.Evicted);
    }

    [TestMethod]
    public void Lru_table_stays_within_its_capacity_whatever_comes()
    {
        var table = new LruTable<int, int>(100);
        for (var i = 0; i < 100_000; i++) table.GetOrAdd(i * 7919 % 5000, () => i);

        Assert.AreEqual(100, table.Count);
        Assert.IsGreaterThan(0, table.Evicted);
    }

    [TestMethod]
    public void Number_set_counts_each_number_once()
    {
        var set = new NumberSet();

        Assert.AreEqual(-1, set.Lowest);
        Assert.IsTrue(set.Add(700));
        Assert.IsTrue(set.Add(65535));
        Assert.IsFalse(set.Add(700));
        Assert.AreEqual(2, set.Count);
        Assert.AreEqual(700, set.Lowest);
        Assert.AreEqual(65535, set.Highest);
    }

    [TestMethod]
    public void Walk_begins_anew_where_it_turns_back()
    {
        var walk = new Walk(10, Minute);
        foreach (var number in (int[])[1, 2, 5]) Assert.IsTrue(walk.Step(number, false, At(0, number)));
        Assert.IsFalse(walk.Step(5, false, At(0, 6)));
        Assert.AreEqual(3, walk.Length);

        Assert.IsTrue(walk.Step(4, true, At(0, 7)));

        Assert.AreEqual(2, walk.Length);
        Assert.AreEqual(1, walk.RefusedInARow);
        Assert.AreEqual(5, walk.First);
    }

    [TestMethod]
    public void Walk_goes_downwards_too()
    {
        var walk = new Walk(10, Minute);
        foreach (var number in (int[])[9, 8, 6, 1]) walk.Step(number, true, At(0, number));

        Assert.AreEqual(4, walk.Length);
        Assert.AreEqual(4, walk.RefusedInARow);
    }

    [TestMethod]
    public void Walk_forgets_steps_older_than_its_span()
    {
        var walk = new Walk(10, Minute);
        walk.Step(1, false, At(Seconds(0), 1));
        walk.Step(2, false, At(Seconds(30), 2));
        walk.Step(3, false, At(Seconds(61), 3));

        Assert.AreEqual(2, walk.Length);
    }

    private static Event At(long nanoseconds, long frame) => new(new CaptureTime(nanoseconds), frame, 0);

    private static long Seconds(int seconds) => seconds * CaptureTime.NanosecondsPerSecond;
}
