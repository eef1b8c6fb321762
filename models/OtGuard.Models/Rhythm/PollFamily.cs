using OtGuard.Collectors;
using OtGuard.Models.Scoring;
using OtGuard.Models.Training;

namespace OtGuard.Models.Rhythm;

/// <summary>
/// Learns how everything that is repeated is repeated: polls, reports of subscriptions, messages on buses. Free of any
/// assumption on how gaps are distributed.
/// </summary>
public sealed class PollFamily : IModelFamily
{
    internal const string FamilyName = "polls";

    /// <inheritdoc/>
    public string Name => FamilyName;

    /// <inheritdoc/>
    public FamilyModel? Train(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Progress("rhythms", 0);
        var gaps = new GapCollector(context);
        context.ReplayFit(gaps);
        if (gaps.Build() is not { Rhythms.Count: > 0 } model) return null;
        context.Progress("rhythms", 0.5);
        var edges = new EdgeCollector(model, context);
        context.ReplayFit(edges);
        context.Progress("rhythms", 1);
        return edges.Build();
    }

    /// <inheritdoc/>
    public FamilyModel Read(ModelReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return PollModel.Read(reader);
    }

    /// <summary>The gaps of every repetition, and the silences of the capture and of every place.</summary>
    private sealed class GapCollector(TrainingContext context) : ITraceConsumer
    {
        /// <summary>
        /// A silence this rare is not held to be the longest that is possible, but a hole: one in a thousand.
        /// </summary>
        private const double SilenceShare = 0.999;

        /// <summary>
        /// The longest silence is taken three times, as everywhere where silence is judged; and for two seconds at least:
        /// time is told to move on once a second.
        /// </summary>
        private const int Silences = 3;

        private const long LeastSilence = 2 * CaptureTime.NanosecondsPerSecond;

        private readonly Dictionary<LivePoll, Collected> _live = [];
        private readonly Dictionary<PollKey, Collected> _byKey = [];
        private readonly Dictionary<NetworkAddress, Silence> _places = [];
        private readonly Silence _all = new();
        private long _beyond;
        private int _stretch;
        private long _earliest = long.MaxValue;
        private long _latest = long.MinValue;
        private long _exposure;

        public void Consume(ObservationBatch batch)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            foreach (ref readonly var observation in batch.Items)
            {
                var time = observation.Time.UnixNanoseconds;
                (_earliest, _latest) = (Math.Min(_earliest, time), Math.Max(_latest, time));
                _all.Note(time, _stretch);
                if (!LivePoll.TryOf(in observation, out var live)) continue;
                if (Find(in live, in observation) is not { } repeated)
                {
                    _beyond++;
                    continue;
                }

                repeated.Note(time, _stretch);
                repeated.Place.Note(time, _stretch);
                repeated.Asker.Note(time, _stretch);
            }
        }

        public void Break()
        {
            _stretch++;
            Expose();
        }

        public PollModel Build()
        {
            Expose();
            var placeOf = _places.OrderBy(place => place.Key).Select((place, number) => (place.Value, number))
                .ToDictionary(place => place.Value, place => place.number);
            List<PollRhythm> rhythms = [];
            foreach (var (key, repeated) in _byKey.OrderBy(entry => entry.Key, PollOrder.Instance))
                if (repeated.Rhythm(key, placeOf[repeated.Place], _exposure) is { } rhythm) rhythms.Add(rhythm);
            return new PollModel(
                _all.Longest(), [.. placeOf.OrderBy(place => place.Value).Select(place => place.Key.Longest())], rhythms,
                _beyond);
        }

        private void Expose()
        {
            if (_latest > _earliest) _exposure += _latest - _earliest;
            (_earliest, _latest) = (long.MaxValue, long.MinValue);
        }

        private Collected? Find(in LivePoll live, in Observation observation)
        {
            if (_live.TryGetValue(live, out var known)) return known;
            var key = PollKey.Of(in live, in observation, context.Protocols, context.Vocabulary);
            if (!_byKey.TryGetValue(key, out known))
            {
                if (_byKey.Count == PollModel.MaximumRhythms) return null;
                _byKey.Add(key, known = new Collected(SilenceOf(key.Place), SilenceOf(key.Asker)));
            }

            if (_live.Count < LiveIndex<LivePoll, PollKey>.Capacity) _live.Add(live, known);
            return known;
        }

        private Silence SilenceOf(NetworkAddress place)
        {
            if (!_places.TryGetValue(place, out var silence)) _places.Add(place, silence = new Silence());
            return silence;
        }

        private sealed class Silence
        {
            private readonly LogHistogram _silences = new();
            private long _last;
            private int _stretch = -1;

            public void Note(long time, int stretch)
            {
                if (_stretch == stretch && time > _last) _silences.Add(time - _last);
                if (_stretch != stretch || time > _last) _last = time;
                _stretch = stretch;
            }

            public long Longest() => Math.Max(LeastSilence, _silences.Quantile(SilenceShare) * Silences);
        }

        /// <summary>The gaps of one repetition; beyond the sample every second is kept, every fourth, and so on.</summary>
        private sealed class Collected(Silence place, Silence asker)
        {
            private const int SampleSize = 512;

            private readonly List<long> _gaps = [];
            private long _seen;
            private long _stride = 1;
            private long _most;
            private long _last;
            private int _stretch = -1;

            public Silence Place { get; } = place;

            public Silence Asker { get; } = asker;

            public void Note(long time, int stretch)
            {
                if (_stretch == stretch && time >= _last)
                {
                    _most = Math.Max(_most, time - _last);
                    if (_seen++ % _stride == 0) Keep(time - _last);
                }

                if (_stretch != stretch || time > _last) _last = time;
                _stretch = stretch;
            }

            public PollRhythm? Rhythm(PollKey key, int place, long exposure)
            {
                if (_gaps.Count == 0) return null;
                _gaps.Sort();
                long At(double share) => _gaps[(int)(share * (_gaps.Count - 1))];
                var median = At(0.5);
                // A message that pauses while something lasts is sent on events, however even it is in between.
                var usualMost = key.Kind == PollKind.Message ? _most : At(0.95);
                var isPeriodic = _seen >= PollRhythm.MinimumGaps && median > 0 && usualMost <= PollRhythm.PeriodicSpread * median;
                if (!isPeriodic)
                {
                    // Where nothing keeps time on a bus there is nothing to tell of.
                    if (key.Kind != PollKind.Poll) return null;
                    var mean = Math.Max(1, exposure / (_seen + 1));
                    return new PollRhythm(key, place, _seen, mean, 0, long.MaxValue, 1, false);
                }

                var spread = Math.Max(PollRhythm.LeastDrift, (At(0.9) - At(0.1)) / 2.0 / median);
                return new PollRhythm(key, place, _seen, median, At(0.01), At(0.99), spread, true);
            }

            private void Keep(long gap)
            {
                if (_gaps.Count == SampleSize)
                {
                    for (var kept = 0; kept < SampleSize / 2; kept++) _gaps[kept] = _gaps[kept * 2];
                    _gaps.RemoveRange(SampleSize / 2, SampleSize / 2);
                    _stride *= 2;
                }

                _gaps.Add(gap);
            }
        }
    }

    /// <summary>How far each repetition strayed from its rhythm while learning.</summary>
    private sealed class EdgeCollector : ITraceConsumer
    {
        private readonly PollModel _model;
        private readonly PollFollower _follower;
        private readonly double[] _tooMany;
        private readonly double[] _tooFew;
        private readonly double[] _silent;
        private readonly double[] _drift;
        private readonly CancellationToken _cancellation;

        public EdgeCollector(PollModel model, TrainingContext context)
        {
            _model = model;
            _follower = new PollFollower(model, context.Protocols, context.Vocabulary);
            _cancellation = context.Cancellation;
            var count = model.Rhythms.Count;
            (_tooMany, _tooFew) = (new double[count], new double[count]);
            (_silent, _drift) = (new double[count], new double[count]);
        }

        public void Consume(ObservationBatch batch)
        {
            _cancellation.ThrowIfCancellationRequested();
            foreach (ref readonly var observation in batch.Items)
            {
                var number = _follower.Follow(in observation, out var silent, out var step);
                if (number < 0) continue;
                _silent[number] = Math.Max(_silent[number], silent);
                _tooMany[number] = Math.Max(_tooMany[number], step.TooMany);
                _tooFew[number] = Math.Max(_tooFew[number], step.TooFew);
                _drift[number] = Math.Max(_drift[number], step.Drift);
            }
        }

        public void Break() => _follower.Break();

        public PollModel Build() => new(
            _model.LongestStep, _model.Places,
            [
                .. _model.Rhythms.Select((rhythm, number) => rhythm with
                {
                    TooMany = _tooMany[number], TooFew = _tooFew[number], Silent = _silent[number], Drift = _drift[number],
                }),
            ],
            _model.Beyond);
    }
}
