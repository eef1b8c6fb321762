using OtGuard.Alerting;
using OtGuard.Replay;

namespace OtGuard.Storage.Tests.Embedded;

[TestClass]
public sealed class OutboxTests
{
    private static readonly BackoffOptions Backoff = new() { Jitter = 0 };

    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task Messages_are_sent_in_order_and_leave_the_queue()
    {
        await using var fixture = new StoreFixture(alerting: EmbeddedStoreTests.Everything("a"));
        await fixture.Pipeline.TakeAsync([SampleDeviations.Of(1), SampleDeviations.Of(2), SampleDeviations.Of(3)],
            Stop);
        var sink = new ScriptedSink("a", _ => Delivery.Accepted);

        Assert.IsTrue(await Dispatcher(fixture).SendOnceAsync(sink, Stop));

        CollectionAssert.AreEqual(sink.Seen.Order().ToArray(), sink.Seen.ToArray());
        Assert.IsGreaterThanOrEqualTo(6, sink.Seen.Count);
        var status = (await fixture.Store.Outbox.StatusAsync(Stop)).Single();
        Assert.AreEqual(0, status.Waiting);
        Assert.AreEqual(sink.Seen.Count, status.Delivered);
        Assert.IsFalse(await Dispatcher(fixture).SendOnceAsync(sink, Stop));
    }

    [TestMethod]
    public async Task A_destination_that_is_away_is_tried_again_later_each_time_and_nothing_overtakes()
    {
        await using var fixture = new StoreFixture(alerting: EmbeddedStoreTests.Everything("a"));
        await fixture.Pipeline.TakeAsync([SampleDeviations.Of(1)], Stop);
        var away = new ScriptedSink("a", _ => Delivery.Retry("connection refused"));
        var waits = new List<TimeSpan>();
        for (var attempt = 0; attempt < 12; attempt++)
        {
            Assert.IsFalse(await Dispatcher(fixture).SendOnceAsync(away, Stop));
            var status = (await fixture.Store.Outbox.StatusAsync(Stop)).Single();
            waits.Add(status.NextAttempt!.Value - fixture.Clock.GetUtcNow());
            Assert.AreEqual(attempt + 1, status.Attempts);
            Assert.AreEqual("connection refused", status.LastFault);
            var before = away.Calls;
            Assert.IsFalse(await Dispatcher(fixture).SendOnceAsync(away, Stop));
            Assert.AreEqual(before, away.Calls, "It was asked before its time.");
            fixture.Clock.Advance(waits[^1]);
        }

        Assert.AreEqual("1 2 4 8 16 32 64 128 256 300 300 300",
            string.Join(' ', waits.Select(wait => (int)wait.TotalSeconds)));
        var back = new ScriptedSink("a", _ => Delivery.Accepted);
        await Dispatcher(fixture).SendOnceAsync(back, Stop);
        CollectionAssert.AreEqual(away.Seen.Distinct().ToArray(), back.Seen.ToArray());
        Assert.AreEqual(0, (await fixture.Store.Outbox.StatusAsync(Stop)).Single().Attempts);
    }

    [TestMethod]
    public async Task A_message_refused_for_good_becomes_a_dead_letter_and_holds_up_nothing()
    {
        await using var fixture = new StoreFixture(alerting: EmbeddedStoreTests.Everything("a"));
        await fixture.Pipeline.TakeAsync([SampleDeviations.Of(1), SampleDeviations.Of(2), SampleDeviations.Of(3)],
            Stop);
        var sink = new ScriptedSink("a", sequence => sequence == 2 ? Delivery.Refused("too long") : Delivery.Accepted);

        await Dispatcher(fixture).SendOnceAsync(sink, Stop);

        var dead = (await fixture.Store.Outbox.ListDeadLettersAsync(10, Stop)).Single();
        Assert.AreEqual(("a", 2L, "too long"), (dead.Destination, dead.Message.Sequence, dead.Reason));
        Assert.AreEqual(0, (await fixture.Store.Outbox.StatusAsync(Stop)).Single().Waiting);
    }

    [TestMethod]
    public async Task What_was_not_answered_is_sent_again_and_what_was_is_not()
    {
        await using var fixture = new StoreFixture(alerting: EmbeddedStoreTests.Everything("a"));
        await fixture.Pipeline.TakeAsync([SampleDeviations.Of(1), SampleDeviations.Of(2), SampleDeviations.Of(3)],
            Stop);
        var broken = new ScriptedSink("a", sequence => sequence <= 2 ? Delivery.Accepted : Delivery.Retry("reset"));
        await Dispatcher(fixture).SendOnceAsync(broken, Stop);
        await fixture.ReopenAsync();
        fixture.Clock.Advance(TimeSpan.FromMinutes(5));

        var back = new ScriptedSink("a", _ => Delivery.Accepted);
        await Dispatcher(fixture).SendOnceAsync(back, Stop);

        Assert.AreEqual(3, back.Seen[0]);
    }

    [TestMethod]
    public async Task Destinations_do_not_wait_for_each_other()
    {
        var options = new AlertingOptions
        {
            Routes = [new Route { Destination = "a" },
            new Route { Destination = "b" }]
        };
        await using var fixture = new StoreFixture(alerting: options);
        await fixture.Pipeline.TakeAsync([SampleDeviations.Of(1)], Stop);

        await Dispatcher(fixture).SendOnceAsync(new ScriptedSink("a", _ => Delivery.Retry("away")), Stop);
        var other = new ScriptedSink("b", _ => Delivery.Accepted);

        Assert.IsTrue(await Dispatcher(fixture).SendOnceAsync(other, Stop));
        Assert.HasCount(1, other.Seen);
    }

    [TestMethod]
    public async Task A_route_takes_what_it_says()
    {
        var options = new AlertingOptions
        {
            Routes =
            [
                new Route { Destination = "severe", MinimumSeverity = 75 },
                new Route { Destination = "zone", Zones = ["yard"] },
                new Route { Destination = "drill", Exercises = true },
            ],
        };
        await using var fixture = new StoreFixture(alerting: options);
        await fixture.Pipeline.TakeAsync(
            [
                SampleDeviations.Of("write-by-non-writer", "10.0.0.66 → 10.0.0.9", TimeSpan.Zero),
                SampleDeviations.Of("server-busy", "10.0.0.9", TimeSpan.Zero, zone: "yard"),
                SampleDeviations.Of("server-busy", "10.0.0.8", TimeSpan.Zero, severity: 99) with { Exercise = true },
            ],
            Stop);

        var waiting = (await fixture.Store.Outbox.StatusAsync(Stop))
            .ToDictionary(status => status.Name, status => status.Waiting);
        Assert.AreEqual(1, waiting["severe"]);
        Assert.AreEqual(1, waiting["zone"]);
        Assert.AreEqual(3, waiting["drill"]);
    }

    [TestMethod]
    public void Jitter_draws_the_share_it_says()
    {
        var options = new BackoffOptions();

        Assert.AreEqual(0.5, options.WaitAfter(1, 0).TotalSeconds);
        Assert.AreEqual(1, options.WaitAfter(1, 1).TotalSeconds);
        Assert.AreEqual(300, options.WaitAfter(int.MaxValue, 1).TotalSeconds);
    }

    private static OutboxDispatcher Dispatcher(StoreFixture fixture) =>
        new(fixture.Store.Outbox, Backoff, fixture.Clock, new Random(1));

    /// <summary>A sink that answers by a message's place in the queue.</summary>
    private sealed class ScriptedSink(string name, Func<long, Delivery> answer) : ISink
    {
        public List<long> Seen { get; } = [];

        public int Calls { get; private set; }

        public string Name => name;

        public int MaximumBatch => 100;

        public Task<IReadOnlyList<Delivery>> SendAsync(IReadOnlyList<OutboxMessage> messages,
            CancellationToken cancellation)
        {
            Calls++;
            Seen.AddRange(messages.Select(message => message.Sequence));
            return Task.FromResult<IReadOnlyList<Delivery>>([.. messages.Select(message => answer(message.Sequence))]);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
