using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Host.Service;
using OtGuard.Models;

namespace OtGuard.Host.Tests.Service;

/// <summary>Between judging and the store: bounded, and honest about what there was no room for.</summary>
[TestClass]
public sealed class FeedTests
{
    [TestMethod]
    public void Without_room_a_deviation_is_refused_and_counted_and_points_are_dropped_and_counted()
    {
        var feed = new Feed(capacity: 2, seriesCapacity: 1);
        SeriesPoint[] points = [Point(), Point()];

        bool[] taken = [feed.TryOffer(Deviation()), feed.TryOffer(Deviation()), feed.TryOffer(Deviation())];
        feed.Offer(points, wait: false);
        feed.Offer(points, wait: false);

        Assert.AreEqual("True True False", string.Join(' ', taken));
        Assert.AreEqual((2L, 1L, 2), (feed.Offered, feed.Deferred, feed.Waiting));
        Assert.AreEqual((2L, 2L), (feed.Points, feed.PointsDropped));
        Assert.IsTrue(feed.Deviations.TryRead(out _));
        Assert.IsTrue(feed.TryOffer(Deviation()));
    }

    [TestMethod]
    public async Task Who_may_wait_waits_for_room_and_ends_where_there_will_be_none()
    {
        var feed = new Feed(capacity: 1, seriesCapacity: 1);
        feed.TryOffer(Deviation());

        var waiting = Task.Run(() => feed.Offer(Deviation()));
        Assert.IsTrue(feed.Deviations.TryRead(out _));
        Assert.IsTrue(await waiting);

        var late = Task.Run(() => feed.Offer(Deviation()));
        feed.Complete();
        Assert.IsFalse(await late);
    }

    [TestMethod]
    public void A_deviation_that_is_not_taken_is_shown_again_with_its_latest_state()
    {
        var table = new DeviationTable("test", null);
        var observation = new Observation
        {
            Connection = new Connection(
                0, default, default, Transport.Tcp, new Conversation(0, default, default, Transport.Tcp, 502)),
            Time = new CaptureTime(1),
        };
        var kind = DeviationCatalogue.Kind("new-asset");
        table.Open(
            new FactKey(1),
            new Finding
            {
                Kind = kind,
                Subject = "a",
                Expected = "b",
                Observed = "c",
                Message = new Message(kind.Name, ("host", "d"), ("service", "d"), ("client", "d"), ("server", "d")),
                Severity = 1,
                SeverityReasons = [],
            },
            in observation);

        List<(long Occurrences, DeviationState State)> shown = [];
        table.TakeChanges(_ => false);
        table.Repeat(kind.Name, new FactKey(1), in observation);
        table.TakeChanges(Take);
        table.TakeChanges(Take);
        table.CloseSilent(new CaptureTime(2));
        table.TakeChanges(Take);
        table.Repeat(kind.Name, new FactKey(1), in observation);
        table.TakeChanges(Take);

        CollectionAssert.AreEqual(
            new List<(long, DeviationState)>
            {
                (2, DeviationState.Update), (2, DeviationState.Close), (3, DeviationState.Update),
            },
            shown);

        bool Take(Deviation deviation)
        {
            shown.Add((deviation.Occurrences, deviation.State));
            return true;
        }
    }

    private static JudgedDeviation Deviation() => new(
        new DeviationRecord
        {
            Id = "1",
            Kind = "new-asset",
            Catalogue = "A1",
            Title = "t",
            State = DeviationState.Open,
            FirstSeen = new CaptureTime(1),
            LastSeen = new CaptureTime(1),
            Subject = "s",
            Expected = "e",
            Observed = "o",
            Explanation = "x",
            Severity = 50,
            Protocol = "modbus",
            Occurrences = 1,
            Sensor = "test",
        },
        0, null);

    private static SeriesPoint Point() => new(
        "traffic", new Dictionary<string, string?>(), new Dictionary<string, SeriesValue>(), new CaptureTime(1));
}
