using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Training;

/// <summary>
/// Trains every family on the earlier part of a trace and calibrates every scale on the later part, which no model was
/// fitted on.
/// </summary>
public static class ModelTraining
{
    /// <summary>Scores looked at for a quantile; more are sampled evenly by doubling the stride.</summary>
    private const int SampleSize = 1 << 16;

    /// <summary>Trains and calibrates.</summary>
    /// <exception cref="OperationCanceledException">It was called off.</exception>
    public static ModelSet Train(TrainingContext context)
    {
        List<FamilyModel> models = [];
        foreach (var family in ModelFamilies.All.Where(family => context.Options.Families.Contains(family.Name)))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (family.Train(context) is { } model) models.Add(model);
        }

        return models.Count == 0 ? ModelSet.Empty : new ModelSet(models, Calibrate(models, context));
    }

    private static List<ScaleCalibration> Calibrate(List<FamilyModel> models, TrainingContext context)
    {
        var names = models.SelectMany(model => model.Scales).ToList();
        context.Progress("calibrating", 0);
        var samples = new ScoreSamples(models, context);
        context.Trace.Replay(samples, 0, 1);
        var candidates = samples.Quantiles(1 - context.Options.CandidateShare);
        context.Progress("calibrating", 0.5);
        var events = new EventMaxima(models, context, candidates);
        context.Trace.Replay(events, 0, 1);
        events.Finish();
        context.Progress("calibrating", 1);
        return
        [
            .. names.Select((name, scale) => new ScaleCalibration
            {
                Scale = name,
                Candidate = candidates[scale],
                Exposure = events.Exposure,
                EventCount = events.Maxima[scale].Count,
                Events = [.. events.Maxima[scale].OrderDescending().Take(ScaleCalibration.MaximumEvents)],
            }),
        ];
    }

    /// <summary>
    /// Runs the watches over the whole trace, so that they know what came before, and hands on what they say of the later
    /// part.
    /// </summary>
    private abstract class Calibrator : ITraceConsumer
    {
        private readonly FamilyWatch[] _watches;
        private readonly ScoreSheet _sheet = new();
        private readonly long _from;
        private readonly CancellationToken _cancellation;
        private long _nextAdvance = long.MinValue;
        private long _last = long.MinValue;
        private long _exposure;

        protected Calibrator(List<FamilyModel> models, TrainingContext context)
        {
            _cancellation = context.Cancellation;
            _from = context.Trace.TimeAt(context.Options.FitShare).UnixNanoseconds;
            _watches = new FamilyWatch[models.Count];
            WatchOf = new FamilyWatch[models.Sum(model => model.Scales.Count)];
            var first = 0;
            for (var at = 0; at < models.Count; at++)
            {
                _watches[at] = models[at].CreateWatch(new WatchContext(context.Protocols, context.Vocabulary, first));
                WatchOf.AsSpan(first, models[at].Scales.Count).Fill(_watches[at]);
                first += models[at].Scales.Count;
            }
        }

        /// <summary>Capture time judged.</summary>
        public TimeSpan Exposure => TimeSpan.FromTicks(_exposure / 100);

        protected FamilyWatch[] WatchOf { get; }

        public void Consume(ObservationBatch batch)
        {
            _cancellation.ThrowIfCancellationRequested();
            foreach (ref readonly var observation in batch.Items)
            {
                var time = observation.Time.UnixNanoseconds;
                if (time >= _nextAdvance) Advance(time);
                _sheet.Clear();
                foreach (var watch in _watches) watch.Observe(in observation, batch, _sheet);
                if (time >= _from) Take(_sheet.Scores, time);
            }
        }

        public void Break()
        {
            foreach (var watch in _watches) watch.Break();
            _nextAdvance = long.MinValue;
            _last = long.MinValue;
        }

        protected abstract void Take(ReadOnlySpan<Score> scores, long time);

        private void Advance(long time)
        {
            if (_last != long.MinValue && time > _from) _exposure += time - Math.Max(_last, _from);
            _last = time;
            _sheet.Clear();
            foreach (var watch in _watches) watch.Advance(new CaptureTime(time), _sheet);
            if (time >= _from) Take(_sheet.Scores, time);
            _nextAdvance = time + CaptureTime.NanosecondsPerSecond;
        }
    }

    /// <summary>Every score, sampled, for the quantile that candidates begin with.</summary>
    private sealed class ScoreSamples(List<FamilyModel> models, TrainingContext context) : Calibrator(models, context)
    {
        private readonly Sample[] _samples = [.. models.SelectMany(model => model.Scales).Select(_ => new Sample())];

        public double[] Quantiles(double share) => [.. _samples.Select(sample => sample.Quantile(share))];

        protected override void Take(ReadOnlySpan<Score> scores, long time)
        {
            foreach (ref readonly var score in scores) _samples[score.Scale].Add(score.Value);
        }

        private sealed class Sample
        {
            private readonly List<double> _values = [];
            private long _seen;
            private long _stride = 1;

            public void Add(double value)
            {
                if (_seen++ % _stride != 0) return;
                if (_values.Count == SampleSize)
                {
                    for (var kept = 0; kept < SampleSize / 2; kept++) _values[kept] = _values[kept * 2];
                    _values.RemoveRange(SampleSize / 2, SampleSize / 2);
                    _stride *= 2;
                }

                _values.Add(value);
            }

            // Never below 1, the edge of what was learned: what lies within it is no candidate.
            public double Quantile(double share)
            {
                if (_values.Count == 0) return 1;
                _values.Sort();
                return Math.Max(1, _values[Math.Min(_values.Count - 1, (int)(_values.Count * share))]);
            }
        }
    }

    /// <summary>The greatest score of every event.</summary>
    private sealed class EventMaxima : Calibrator
    {
        private readonly EventFormer _events;
        private readonly double[] _candidates;

        public EventMaxima(List<FamilyModel> models, TrainingContext context, double[] candidates)
            : base(models, context)
        {
            _candidates = candidates;
            Maxima = [.. candidates.Select(_ => new List<double>())];
            _events = new EventFormer(context.Options) { Closed = over => Maxima[over.Top.Scale].Add(over.Top.Value) };
        }

        public IReadOnlyList<List<double>> Maxima { get; }

        public void Finish() => _events.CloseAll();

        protected override void Take(ReadOnlySpan<Score> scores, long time)
        {
            foreach (ref readonly var score in scores)
            {
                if (score.Value >= _candidates[score.Scale])
                    _events.Add(in score, time, WatchOf[score.Scale].CycleOf(score.Scale, score.Key));
            }
        }
    }
}
