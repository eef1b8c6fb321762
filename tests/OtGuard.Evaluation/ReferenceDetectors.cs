using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Evaluation;

/// <summary>What a message is to a simple detector: who, to whom, and which.</summary>
internal readonly record struct MessageKey(NetworkAddress Client, NetworkAddress Server, int Unit, int Code, TargetSpace Space, uint Start)
{
    /// <summary>On a bus the identifier; elsewhere client, server, unit, function and address.</summary>
    public static MessageKey Of(in Observation observation) => observation.Target.Space == TargetSpace.CanIdentifier
        ? new MessageKey(observation.Connection.Conversation.Client, default, -1, -1, TargetSpace.CanIdentifier, observation.Target.Start)
        : new MessageKey(
            observation.Connection.Client.Address, observation.Connection.Server.Address, observation.Unit, observation.Code,
            observation.Target.Space, observation.Target.Start);
}

/// <summary>A detector of a few lines, to hold ours against. It learns, then scores; it never does both.</summary>
internal abstract class ReferenceDetector
{
    /// <summary>What it is called in the table.</summary>
    public abstract string Name { get; }

    /// <summary>Scores above it are flagged.</summary>
    public abstract double Threshold { get; }

    /// <summary>True where it needs times.</summary>
    public virtual bool NeedsTimes => false;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ReferenceDetector> CreateAll() =>
        [new NewFunctionSet(), new InterArrivalBand(), new ValueZScore(), new ByteNovelty()];

    /// <summary>Learns a message.</summary>
    public abstract void Learn(MessageKey key, in Observation observation, ObservationBatch batch);

    /// <summary>Scores one; 0 is ordinary.</summary>
    public abstract double Score(MessageKey key, in Observation observation, ObservationBatch batch);

    /// <summary>The identifiers or functions of each unit that were seen, whatever they read or write.</summary>
    private sealed class NewFunctionSet : ReferenceDetector
    {
        private readonly HashSet<MessageKey> _seen = [];

        public override string Name => "reference: new identifier or function";

        public override double Threshold => 0.5;

        public override void Learn(MessageKey key, in Observation observation, ObservationBatch batch) => _seen.Add(Function(key));

        public override double Score(MessageKey key, in Observation observation, ObservationBatch batch) =>
            _seen.Contains(Function(key)) ? 0 : 1;

        private static MessageKey Function(MessageKey key) =>
            key.Space == TargetSpace.CanIdentifier ? key : key with { Space = TargetSpace.None, Start = 0 };
    }

    /// <summary>The time since the like came, held against its learned median: the greater ratio of the two ways.</summary>
    private sealed class InterArrivalBand : ReferenceDetector
    {
        private readonly Dictionary<MessageKey, List<double>> _gaps = [];
        private readonly Dictionary<MessageKey, double> _medians = [];
        private readonly Dictionary<MessageKey, CaptureTime> _latest = [];

        public override string Name => "reference: inter-arrival within half to twice the median";

        public override double Threshold => 2;

        public override bool NeedsTimes => true;

        public override void Learn(MessageKey key, in Observation observation, ObservationBatch batch)
        {
            if (Gap(key, observation.Time) is not { } gap) return;
            if (!_gaps.TryGetValue(key, out var gaps)) _gaps.Add(key, gaps = []);
            gaps.Add(gap);
        }

        public override double Score(MessageKey key, in Observation observation, ObservationBatch batch)
        {
            var median = Median(key);
            if (Gap(key, observation.Time) is not { } gap || median <= 0) return 0;
            return gap <= 0 ? double.MaxValue : Math.Max(gap / median, median / gap);
        }

        private double? Gap(MessageKey key, CaptureTime time)
        {
            double? gap = _latest.TryGetValue(key, out var before) ? (time - before).TotalSeconds : null;
            _latest[key] = time;
            return gap;
        }

        private double Median(MessageKey key)
        {
            if (_medians.TryGetValue(key, out var known)) return known;
            if (!_gaps.TryGetValue(key, out var gaps)) return 0;
            gaps.Sort();
            return _medians[key] = gaps[gaps.Count / 2];
        }
    }

    /// <summary>Each byte of a frame, or register of an answer, by its learned mean and standard deviation: the greatest |z|.</summary>
    private sealed class ValueZScore : ReferenceDetector
    {
        private readonly Dictionary<MessageKey, List<(long Count, double Sum, double Squares)>> _moments = [];

        public override string Name => "reference: z-score of a byte or register above 3";

        public override double Threshold => 3;

        public override void Learn(MessageKey key, in Observation observation, ObservationBatch batch)
        {
            var slice = Values(in observation);
            if (!_moments.TryGetValue(key, out var moments)) _moments.Add(key, moments = []);
            for (var at = 0; at < slice.Count; at++)
            {
                double value = batch.Value(slice, at);
                if (at == moments.Count) moments.Add(default);
                var (count, sum, squares) = moments[at];
                moments[at] = (count + 1, sum + value, squares + value * value);
            }
        }

        public override double Score(MessageKey key, in Observation observation, ObservationBatch batch)
        {
            if (!_moments.TryGetValue(key, out var moments)) return 0;
            var slice = Values(in observation);
            var greatest = 0.0;
            for (var at = 0; at < Math.Min(slice.Count, moments.Count); at++)
            {
                var (count, sum, squares) = moments[at];
                var mean = sum / count;
                // Whole numbers are rounded: their error alone has the variance 1/12.
                var deviation = Math.Sqrt(Math.Max(squares / count - mean * mean, 1.0 / 12));
                greatest = Math.Max(greatest, Math.Abs(batch.Value(slice, at) - mean) / deviation);
            }

            return greatest;
        }

    }

    /// <summary>
    /// Values of a byte or register that were never seen there: the greatest -ln of what Good and Turing give to all unseen ones,
    /// (s + ½) / (n + 1), where s values were seen once among n.
    /// </summary>
    private sealed class ByteNovelty : ReferenceDetector
    {
        private readonly Dictionary<MessageKey, List<Dictionary<int, long>>> _seen = [];

        public override string Name => "reference: unseen value of a byte or register, less likely than e⁻⁵";

        public override double Threshold => 5;

        public override void Learn(MessageKey key, in Observation observation, ObservationBatch batch)
        {
            var slice = Values(in observation);
            if (!_seen.TryGetValue(key, out var places)) _seen.Add(key, places = []);
            for (var at = 0; at < slice.Count; at++)
            {
                if (at == places.Count) places.Add([]);
                var value = (int)batch.Value(slice, at);
                places[at][value] = places[at].GetValueOrDefault(value) + 1;
            }
        }

        public override double Score(MessageKey key, in Observation observation, ObservationBatch batch)
        {
            if (!_seen.TryGetValue(key, out var places)) return 0;
            var slice = Values(in observation);
            var greatest = 0.0;
            for (var at = 0; at < Math.Min(slice.Count, places.Count); at++)
            {
                var seen = places[at];
                if (seen.ContainsKey((int)batch.Value(slice, at))) continue;
                var unseen = (seen.Values.Count(count => count == 1) + 0.5) / (seen.Values.Sum() + 1);
                greatest = Math.Max(greatest, -Math.Log(unseen));
            }

            return greatest;
        }
    }

    /// <summary>The bytes of a frame, or the registers or bits of an answer.</summary>
    private static ValueSlice Values(in Observation observation)
    {
        var slice = observation.Target.Space == TargetSpace.CanIdentifier ? observation.RequestData : observation.ResponseValues;
        return slice.Encoding is ValueEncoding.Bits or ValueEncoding.Bytes or ValueEncoding.UInt16BigEndian ? slice : default;
    }
}

/// <summary>Feeds a reference detector, and keeps what it says frame by frame and event by event.</summary>
internal sealed class ReferenceRun(ReferenceDetector detector, FrameSelection frames, bool learns, Func<long, bool> isAttack)
    : IObservationConsumer
{
    // As long as the models' own events may pause.
    private static readonly TimeSpan EventGap = new Models.Scoring.ModelOptions().EventGap;

    private readonly List<double> _scores = [];
    private readonly Dictionary<MessageKey, (CaptureTime Last, bool IsTrue)> _open = [];
    private long _falseEvents;

    /// <summary>When the first flagged attack frame came; null where none was.</summary>
    public CaptureTime? FirstDetection { get; private set; }

    /// <summary>The score of a 1-based frame.</summary>
    public double Of(long frame) => frame <= _scores.Count ? _scores[(int)frame - 1] : 0;

    /// <summary>Runs of flagged messages of one key that hold no attack frame.</summary>
    public long FalseEvents => _falseEvents + _open.Values.LongCount(open => !open.IsTrue);

    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items)
        {
            if (observation.Protocol == ProtocolRegistry.Network) continue;
            if (!frames.Contains(Math.Max(observation.RequestFrame, observation.ResponseFrame))) continue;
            // Of what is assembled of frames, the frames are judged.
            if (observation.Target.Space == TargetSpace.ParameterGroups) continue;
            var key = MessageKey.Of(in observation);
            if (learns) detector.Learn(key, in observation, batch);
            else Take(key, in observation, detector.Score(key, in observation, batch));
        }
    }

    private void Take(MessageKey key, in Observation observation, double score)
    {
        Raise(observation.RequestFrame, score);
        if (observation.ResponseFrame != observation.RequestFrame) Raise(observation.ResponseFrame, score);
        if (score <= detector.Threshold) return;
        var isTrue = isAttack(observation.RequestFrame) || isAttack(observation.ResponseFrame);
        if (isTrue) FirstDetection ??= observation.Time;
        if (_open.TryGetValue(key, out var open) && observation.Time - open.Last > EventGap)
        {
            if (!open.IsTrue) _falseEvents++;
            open = default;
        }

        _open[key] = (observation.Time, open.IsTrue || isTrue);
    }

    private void Raise(long frame, double score)
    {
        if (frame <= 0) return;
        while (_scores.Count < frame) _scores.Add(0);
        _scores[(int)frame - 1] = Math.Max(_scores[(int)frame - 1], score);
    }
}
