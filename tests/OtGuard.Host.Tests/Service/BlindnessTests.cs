using Microsoft.Extensions.Time.Testing;
using OtGuard.Alerting;
using OtGuard.Host.Service;
using OtGuard.Models;

namespace OtGuard.Host.Tests.Service;

/// <summary>A monitor that sees nothing, or less, says so first.</summary>
[TestClass]
public sealed class BlindnessTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<DeviationRecord> _told = [];
    private SourceCount _count;
    private PayloadCount _payload;

    private IReadOnlyList<string> Told =>
        [.. _told.Select(one => $"{one.Kind} {one.State.ToString().ToLowerInvariant()}")];

    [TestMethod]
    public void A_line_that_falls_silent_is_told_once_and_is_over_with_the_next_frame()
    {
        var watch = Watch();
        Pass(watch, seconds: 300, framesPerSecond: 10);

        Pass(watch, seconds: 59, framesPerSecond: 0);
        Assert.IsEmpty(_told);
        Pass(watch, seconds: 120, framesPerSecond: 0);
        Assert.AreEqual("source-silent open", Told.Single());
        Assert.AreEqual("A20", _told[0].Catalogue);
        Assert.IsGreaterThanOrEqualTo(Severity.AlarmFrom, _told[0].Severity);
        Assert.Contains("No frame came from mirror for", _told[0].Explanation);
        Assert.IsNotEmpty(watch.Blind);

        Pass(watch, seconds: 1, framesPerSecond: 10);
        CollectionAssert.AreEqual(new List<string> { "source-silent open", "source-silent close" }, Told.ToList());
        Assert.AreEqual(_told[0].Id, _told[1].Id);
        Assert.IsEmpty(watch.Blind);
    }

    [TestMethod]
    public void What_is_silence_follows_from_the_pauses_there_were()
    {
        var watch = Watch();
        for (var i = 0; i < 5; i++)
        {
            // One frame each 50 s: a pause of 200 s is not yet one.
            Pass(watch, seconds: 50, framesPerSecond: 0);
            _count = _count with { Frames = _count.Frames + 1 };
        }

        Pass(watch, seconds: 190, framesPerSecond: 0);
        Assert.IsEmpty(_told, string.Join(", ", Told));
        Pass(watch, seconds: 60, framesPerSecond: 0);

        Assert.AreEqual("source-silent open", Told.Single());
    }

    [TestMethod]
    public void A_declared_silence_outweighs_the_derived_one_and_a_line_that_never_spoke_is_told()
    {
        var watch = Watch(TimeSpan.FromSeconds(5));

        Pass(watch, seconds: 6, framesPerSecond: 0);

        Assert.AreEqual("source-silent.declared", _told.Single().MessageKey);
        _told.Clear();
        Pass(Watch(), seconds: 61, framesPerSecond: 0);
        Assert.AreEqual("source-silent.never", _told.Single().MessageKey);
    }

    [TestMethod]
    public void Loss_above_the_limit_is_told_while_it_lasts()
    {
        var watch = Watch();
        Pass(watch, seconds: 61, framesPerSecond: 100);
        _count = _count with { Lost = 5 };
        Pass(watch, seconds: 60, framesPerSecond: 100);
        Assert.IsEmpty(_told, "5 of 6,000 are below one in a thousand.");

        _count = _count with { Lost = 500 };
        Pass(watch, seconds: 60, framesPerSecond: 100);
        _count = _count with { Lost = 900 };
        Pass(watch, seconds: 60, framesPerSecond: 100);
        Pass(watch, seconds: 61, framesPerSecond: 100);

        CollectionAssert.AreEqual(
            new List<string> { "frames-lost open", "frames-lost update", "frames-lost close" }, Told.ToList());
        Assert.Contains("495 of", _told[0].Observed);
    }

    [TestMethod]
    public void A_jump_of_the_clock_is_told_with_its_direction()
    {
        var watch = Watch();
        Pass(watch, seconds: 10, framesPerSecond: 10);

        var clock = new SteppingClock(_clock);
        watch = new BlindnessWatch(
            "mirror", "sensor", new DeviationOrigin(), null, new BlindnessOptions(), clock, _told.Add);
        watch.OnOpened();
        clock.Step = TimeSpan.FromSeconds(0.5);
        watch.OnTurn(_count, () => _payload);
        Assert.IsEmpty(_told, "A time server slews, and steps by less.");
        clock.Step = TimeSpan.FromSeconds(-29.5);
        watch.OnTurn(_count, () => _payload);
        watch.OnTurn(_count, () => _payload);

        CollectionAssert.AreEqual(new List<string> { "clock-step open", "clock-step close" }, Told.ToList());
        Assert.Contains("jumped back by 30 s", _told[0].Explanation);
    }

    [TestMethod]
    public void A_rising_share_of_what_cannot_be_read_is_told_once_normal_is_known()
    {
        var watch = Watch();
        for (var minute = 0; minute < 12; minute++)
        {
            _payload = new PayloadCount(_payload.Read + 90_000, _payload.Unread + 10_000);
            Pass(watch, seconds: 61, framesPerSecond: 10);
        }

        Assert.IsEmpty(_told);
        _payload = new PayloadCount(_payload.Read + 50_000, _payload.Unread + 50_000);
        Pass(watch, seconds: 61, framesPerSecond: 10);
        Assert.AreEqual("visibility-falling open", Told.Single());
        Assert.Contains("50 %", _told[0].Observed);

        _payload = new PayloadCount(_payload.Read + 90_000, _payload.Unread + 10_000);
        Pass(watch, seconds: 61, framesPerSecond: 10);
        Assert.AreEqual("visibility-falling close", Told[^1]);
    }

    [TestMethod]
    public void A_source_that_is_gone_is_told_in_place_of_its_silence_until_it_is_back()
    {
        var watch = Watch();
        Pass(watch, seconds: 5, framesPerSecond: 10);
        Pass(watch, seconds: 70, framesPerSecond: 0);

        watch.OnGone("The interface is gone.");
        watch.OnGone("The interface is gone.");
        watch.OnOpened();

        CollectionAssert.AreEqual(
            new List<string>
            {
                "source-silent open", "source-silent close", "source-gone open", "source-gone update",
                "source-gone close",
            },
            Told.ToList());
    }

    private BlindnessWatch Watch(TimeSpan? silentAfter = null)
    {
        var watch = new BlindnessWatch(
            "mirror", "sensor", new DeviationOrigin(), silentAfter, new BlindnessOptions(), _clock, _told.Add);
        watch.OnOpened();
        return watch;
    }

    private void Pass(BlindnessWatch watch, int seconds, int framesPerSecond)
    {
        for (var tenth = 0; tenth < seconds * 10; tenth++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            if (tenth % 10 == 0) _count = _count with { Frames = _count.Frames + framesPerSecond };
            watch.OnTurn(_count, () => _payload);
        }
    }

    /// <summary>A clock whose time of day can be set while its seconds go on.</summary>
    private sealed class SteppingClock(TimeProvider clock) : TimeProvider
    {
        public TimeSpan Step { get; set; }

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override long GetTimestamp() => clock.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + Step;
    }
}
