using OtGuard.Collectors;
using OtGuard.Models.Tests.Signals;
using OtGuard.Models.Training;

namespace OtGuard.Models.Tests.Training;

/// <summary>What is kept of the observations that models are trained on.</summary>
[TestClass]
public sealed class TrainingTraceTests
{
    [TestMethod]
    public void Replay_gives_what_was_added_value_by_value()
    {
        var (trace, added) = Fill(1 << 24, Mixed);

        var replayed = Replay(trace);

        Assert.HasCount(added.Count, replayed.Told);
        Assert.AreSequenceEqual(added, replayed.Told);
        Assert.AreEqual(added.Count, trace.Count);
        Assert.AreEqual(1, trace.Stride);
        Assert.AreEqual(1, replayed.Breaks);
    }

    [TestMethod]
    public void Two_shares_give_together_what_the_whole_gives()
    {
        var (trace, added) = Fill(1 << 24, Mixed);

        var (first, second) = (Replay(trace, 0, 2.0 / 3), Replay(trace, 2.0 / 3, 1));

        Assert.AreEqual(added.Count * 2 / 3.0, first.Told.Count, 1);
        Assert.AreSequenceEqual(added, first.Told.Concat(second.Told).ToList());
    }

    [TestMethod]
    public void Time_of_a_share_divides_the_two_shares()
    {
        var (trace, _) = Fill(1 << 24, static traffic => Plant.Poll(traffic, 4000));

        var from = trace.TimeAt(0.5);

        Assert.IsTrue(Replay(trace, 0, 0.5).Times.TrueForAll(time => time <= from));
        Assert.IsTrue(Replay(trace, 0.5, 1).Times.TrueForAll(time => time >= from));
    }

    [TestMethod]
    public void Bound_is_kept_at_any_moment_and_what_is_left_out_is_counted()
    {
        const long bound = 1 << 20;
        var trace = new TrainingTrace(bound);
        var most = 0L;
        var adding = new Adding(trace) { After = () => most = Math.Max(most, trace.Bytes) };

        SignalTraffic.Run(adding, static traffic => Plant.Poll(traffic, 48 * 3600), SignalTraffic.Start);

        Assert.IsLessThanOrEqualTo(bound, most);
        Assert.IsGreaterThan(bound / 4, trace.Bytes);
        Assert.IsGreaterThan(1, trace.Stride);
        Assert.AreEqual(trace.Count, trace.Counters.Emitted);
        Assert.AreEqual(trace.Counters.Received, trace.Counters.Emitted + trace.Counters.Dropped.Values.Sum());
    }

    [TestMethod]
    public void What_is_kept_beyond_the_bound_is_spread_over_all_of_the_time_in_whole_blocks()
    {
        var (trace, _) = Fill(1 << 20, static traffic => Plant.Poll(traffic, 48 * 3600));

        var replayed = Replay(trace);

        var blocks = replayed.Times.GroupBy(static time => (time - SignalTraffic.Start).Ticks / TrainingTrace.BlockLength.Ticks).ToList();
        Assert.IsGreaterThan(4, blocks.Count);
        Assert.AreEqual(0, blocks[0].Key);
        Assert.IsGreaterThan(48 * 6 * 3 / 4, blocks[^1].Key);
        var strides = blocks.Zip(blocks.Skip(1), static (one, next) => next.Key - one.Key).ToList();
        Assert.IsTrue(strides.TrueForAll(stride => stride == trace.Stride), string.Join(", ", strides));
        // A block is three polls a second for ten minutes; the last one may have been begun only.
        Assert.IsTrue(blocks.SkipLast(1).All(static block => Math.Abs(block.Count() - 1800) <= 3));
        Assert.AreEqual(blocks.Count, replayed.Breaks);
    }

    [TestMethod]
    public void Same_observations_leave_the_same_trace()
    {
        static void Act(SignalTraffic traffic) => Plant.Poll(traffic, 24 * 3600);

        Assert.AreSequenceEqual(Replay(Fill(1 << 20, Act).Trace).Told, Replay(Fill(1 << 20, Act).Trace).Told);
    }

    [TestMethod]
    public void Pause_of_hours_is_a_break_and_no_exposure()
    {
        var (trace, added) = Fill(1 << 24, static traffic =>
        {
            Plant.Poll(traffic, 300);
            traffic.After(7200);
            Plant.Poll(traffic, 300);
        });

        Assert.AreEqual(2, Replay(trace).Breaks);
        Assert.AreSequenceEqual(added, Replay(trace).Told);
        Assert.AreEqual(600, trace.Exposure.TotalSeconds, 2);
    }

    [TestMethod]
    public void Clock_set_back_keeps_everything_in_the_order_it_came()
    {
        var (trace, added) = Fill(1 << 24, static traffic =>
        {
            Plant.Poll(traffic, 1000);
            traffic.After(-3600);
            Plant.Poll(traffic, 1000);
        });

        Assert.AreSequenceEqual(added, Replay(trace).Told);
    }

    private static void Mixed(SignalTraffic traffic)
    {
        for (var round = 0; round < 600; round++)
        {
            traffic.Read(Plant.Feeders, (ushort)round, 7).After(0.2)
                .Write(Plant.Feeders, (ushort)(round * 3)).After(0.2)
                .Node(Plant.Meter, 5, round / 7.0, (ushort)(round % 3)).After(0.2)
                .Frame(0x123, [.. Enumerable.Range(0, round % 9).Select(at => (byte)(round + at))]).After(0.2);
        }
    }

    private static (TrainingTrace Trace, List<string> Added) Fill(long bytes, Action<SignalTraffic> act)
    {
        var adding = new Adding(new TrainingTrace(bytes));
        SignalTraffic.Run(adding, act, SignalTraffic.Start);
        return (adding.Trace, adding.Told);
    }

    private static Replayed Replay(TrainingTrace trace, double from = 0, double to = 1)
    {
        var replayed = new Replayed();
        trace.Replay(replayed, from, to);
        return replayed;
    }

    // All that a model may learn from.
    private static string Text(in Observation observation, ObservationBatch batch)
    {
        var request = observation.Operation == Operation.Broadcast ? observation.RequestData : observation.RequestValues;
        return $"{observation.Time.UnixNanoseconds} {observation.Connection.Conversation.Index} {observation.Protocol} {observation.Operation} "
            + $"{observation.Outcome} {observation.Code} {observation.SubCode} {observation.Unit} {observation.Target} {observation.Part != 0} "
            + $"{request.Encoding} {request.Count} {Convert.ToHexString(batch.Bytes(request))} {observation.ResponseValues.Encoding} "
            + $"{observation.ResponseValues.Count} {Convert.ToHexString(batch.Bytes(observation.ResponseValues))}";
    }

    private sealed class Adding(TrainingTrace trace) : IObservationConsumer
    {
        public TrainingTrace Trace => trace;

        public List<string> Told { get; } = [];

        public Action After { get; init; } = static () => { };

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                trace.Add(in observation, batch);
                if (observation.Protocol != ProtocolRegistry.Network) Told.Add(Text(in observation, batch));
                After();
            }
        }
    }

    private sealed class Replayed : ITraceConsumer
    {
        public List<string> Told { get; } = [];

        public List<CaptureTime> Times { get; } = [];

        public int Breaks { get; private set; }

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                Told.Add(Text(in observation, batch));
                Times.Add(observation.Time);
            }
        }

        public void Break() => Breaks++;
    }
}
