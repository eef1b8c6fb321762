using OtGuard.Collectors;
using OtGuard.Models.Scoring;
using OtGuard.Models.Training;

namespace OtGuard.Models.Conversations;

/// <summary>
/// Learns what half a minute of each conversation is like: how much is read and written, how many different things, how
/// long answers take, how close requests follow each other, and how these belong together.
/// </summary>
public sealed class TrafficFamily : IModelFamily
{
    internal const string FamilyName = "traffic";

    /// <summary>Rows a protocol's components are trained on at most; more are sampled evenly.</summary>
    private const int MaximumRows = 20_000;

    /// <summary>
    /// Deviations are cut at so many spreads where components are trained: a single window of something rare is no pattern.
    /// </summary>
    private const float Cut = 10;

    /// <summary>A feature whose deviations differ by less than a tenth of a spread is constant.</summary>
    private const double LeastVariation = 0.1;

    /// <summary>Fewer features that vary have no pattern that bounds on each would not hold.</summary>
    private const int MinimumColumns = 3;

    /// <inheritdoc/>
    public string Name => FamilyName;

    /// <inheritdoc/>
    public FamilyModel? Train(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Progress("traffic", 0);
        var collector = new RowCollector(context);
        context.ReplayFit(collector);
        context.Progress("traffic", 0.5);
        List<TrafficPattern> patterns = [];
        List<ConversationTraffic> conversations = [];
        var (deviation, residual) = (new float[TrafficWindow.Features], new float[TrafficWindow.Features]);
        var protocols = collector.Rows.GroupBy(entry => entry.Key.Protocol).OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var protocol in protocols)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var learned = protocol.OrderBy(entry => entry.Key)
                .Select(entry => (Rows: entry.Value, Traffic: Describe(entry.Key, patterns.Count, entry.Value))).ToList();
            var pattern = Pattern(learned, context);
            patterns.Add(pattern);
            foreach (var (rows, traffic) in learned)
            {
                var distance = rows.Max(row => TrafficJudge.Distance(pattern, traffic, row, deviation, residual));
                conversations.Add(traffic with { Distance = distance });
            }
        }

        context.Progress("traffic", 1);
        return conversations.Count == 0 ? null : new TrafficModel(collector.LongestStep, patterns, conversations);
    }

    /// <inheritdoc/>
    public FamilyModel Read(ModelReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return TrafficModel.Read(reader);
    }

    private static ConversationTraffic Describe(TrafficKey key, int pattern, List<float[]> rows)
    {
        var (usual, spread) = (new float[TrafficWindow.Features], new float[TrafficWindow.Features]);
        var (low, high) = (new float[TrafficWindow.Features], new float[TrafficWindow.Features]);
        for (var feature = 0; feature < TrafficWindow.Features; feature++)
        {
            var column = rows.Select(row => row[feature]).Order().ToArray();
            float At(double share) => column[(int)(share * (column.Length - 1))];
            (usual[feature], low[feature], high[feature]) = (At(0.5), column[0], column[^1]);
            spread[feature] = (float)Math.Max(TrafficWindow.All[feature].LeastSpread, (At(0.9) - At(0.1)) / 2);
        }

        return new ConversationTraffic(key, pattern, rows.Count, usual, spread, low, high, 0);
    }

    private static TrafficPattern Pattern(
        List<(List<float[]> Rows, ConversationTraffic Traffic)> learned, TrainingContext context)
    {
        List<float[]> deviations = [];
        var edge = new float[TrafficWindow.Features];
        foreach (var (rows, traffic) in learned)
        {
            if (rows.Count < ConversationTraffic.MinimumWindows) continue;
            foreach (var row in rows)
            {
                var deviation = new float[TrafficWindow.Features];
                TrafficJudge.Deviate(traffic, row, deviation);
                for (var at = 0; at < deviation.Length; at++) edge[at] = Math.Max(edge[at], Math.Abs(deviation[at]));
                deviations.Add([.. deviation.Select(number => Math.Clamp(number, -Cut, Cut))]);
            }
        }

        var stride = 1 + (deviations.Count - 1) / MaximumRows;
        var sample = deviations.Where((_, at) => at % stride == 0).ToList();
        List<int> columns = [];
        List<float> means = [];
        List<float> scales = [];
        for (var feature = 0; feature < TrafficWindow.Features && sample.Count > 0; feature++)
        {
            var mean = sample.Average(row => row[feature]);
            var variance = sample.Average(row => Math.Pow(row[feature] - mean, 2));
            if (variance < LeastVariation * LeastVariation) continue;
            columns.Add(feature);
            means.Add(mean);
            // What varies by less than its spread is not blown up: it would make much of nothing.
            scales.Add((float)Math.Max(1, Math.Sqrt(variance)));
        }

        var pattern = new TrafficPattern([.. columns], [.. means], [.. scales], null, edge, 0);
        if (columns.Count < MinimumColumns) return pattern;
        var normal = sample
            .Select(row => columns.Select((column, at) => (row[column] - means[at]) / scales[at]).ToArray()).ToList();
        // A third of the columns: what is left is what a window is judged by.
        var components = context.Trainer.TrainComponents(normal, Math.Max(1, columns.Count / 3), context.Options.Seed);
        if (components is null) return pattern;
        var residual = new float[columns.Count];
        var distances = normal.Select(row => components.Distance(row, residual)).ToList();
        return distances.All(double.IsFinite) ? pattern with { Components = components, Distance = distances.Max() } : pattern;
    }

    /// <summary>The rows of every conversation.</summary>
    private sealed class RowCollector : ITraceConsumer
    {
        /// <summary>Rows of a conversation at most: a month of half minutes, one in eleven.</summary>
        private const int MaximumWindows = 8192;

        private readonly TrainingContext _context;
        private readonly List<TrafficKey> _keys = [];
        private readonly Dictionary<TrafficKey, int> _numbers = [];
        private readonly List<List<float[]>> _rows = [];
        private readonly TrafficFollower _follower;
        private long _nextAdvance = long.MinValue;

        public RowCollector(TrainingContext context)
        {
            _context = context;
            var steps = new StepCollector();
            context.ReplayFit(steps);
            LongestStep = steps.Longest;
            _follower = new TrafficFollower(LongestStep, context.Protocols, context.Vocabulary, NumberOf);
        }

        public long LongestStep { get; }

        public IEnumerable<KeyValuePair<TrafficKey, List<float[]>>> Rows =>
            _keys.Select((key, at) => KeyValuePair.Create(key, _rows[at])).Where(entry => entry.Value.Count > 0);

        public void Consume(ObservationBatch batch)
        {
            _context.Cancellation.ThrowIfCancellationRequested();
            foreach (ref readonly var observation in batch.Items)
            {
                if (observation.Time.UnixNanoseconds >= _nextAdvance)
                {
                    _follower.Advance(observation.Time, Keep);
                    _nextAdvance = observation.Time.UnixNanoseconds + CaptureTime.NanosecondsPerSecond;
                }

                _follower.Observe(in observation);
            }
        }

        public void Break()
        {
            _follower.Break();
            _nextAdvance = long.MinValue;
        }

        private void Keep(int number, in TrafficWindow window, in Observation latest)
        {
            if (_rows[number].Count == MaximumWindows) return;
            var row = new float[TrafficWindow.Features];
            window.Write(row, _rows[number].Count > 0 ? _rows[number][^1] : row);
            _rows[number].Add(row);
        }

        private int NumberOf(TrafficKey key)
        {
            if (_numbers.TryGetValue(key, out var number)) return number;
            if (_numbers.Count == TrafficModel.MaximumConversations) return -1;
            number = _numbers.Count;
            _numbers.Add(key, number);
            _keys.Add(key);
            _rows.Add([]);
            return number;
        }
    }

    /// <summary>The longest silence of the whole capture, as for rhythms.</summary>
    private sealed class StepCollector : ITraceConsumer
    {
        private readonly LogHistogram _steps = new();
        private long _last = long.MinValue;

        public long Longest => Math.Max(2 * CaptureTime.NanosecondsPerSecond, 3 * _steps.Quantile(0.999));

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                var time = observation.Time.UnixNanoseconds;
                if (_last != long.MinValue && time > _last) _steps.Add(time - _last);
                _last = Math.Max(_last, time);
            }
        }

        public void Break() => _last = long.MinValue;
    }
}
