using OtGuard.Collectors;
using OtGuard.Models.Rhythm;
using OtGuard.Models.Scoring;
using OtGuard.Models.Training;

namespace OtGuard.Models.Sequence;

/// <summary>
/// Learns in which order a conversation's requests, and a bus's identifiers, follow each other, as pairs and triples.
/// </summary>
public sealed class SequenceFamily : IModelFamily
{
    internal const string FamilyName = "sequence";

    /// <summary>
    /// Share of the fit part that is counted; on the rest is measured how surprising words are that no count was made of.
    /// </summary>
    private const double CountedShare = 0.7;

    /// <summary>Words measured at least before a speaker's surprise means something: eight means.</summary>
    private const int MinimumMeasured = 8 * SpeakerState.Memory;

    /// <inheritdoc/>
    public string Name => FamilyName;

    /// <inheritdoc/>
    public FamilyModel? Train(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Progress("sequences", 0);
        var counter = new Counter(context);
        context.Trace.Replay(counter, 0, context.Options.FitShare * CountedShare);
        context.Progress("sequences", 0.5);
        var measurer = new Measurer(new SequenceModel(counter.Speakers), context);
        context.Trace.Replay(measurer, context.Options.FitShare * CountedShare, context.Options.FitShare);
        context.Progress("sequences", 1);
        var speakers = measurer.Measured().Where(speaker => speaker.Measured >= MinimumMeasured)
            .OrderBy(speaker => speaker.Key).ToList();
        return speakers.Count == 0 ? null : new SequenceModel(speakers);
    }

    /// <inheritdoc/>
    public FamilyModel Read(ModelReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return SequenceModel.Read(reader);
    }

    private sealed class Counter(TrainingContext context) : ITraceConsumer
    {
        private readonly Dictionary<(int Conversation, byte Protocol), Spoken?> _live = [];
        private readonly Dictionary<SpeakerKey, Spoken> _byKey = [];

        public IReadOnlyList<SpeakerModel> Speakers => [.. _byKey.OrderBy(entry => entry.Key).Select(entry => entry.Value.Model)];

        public void Consume(ObservationBatch batch)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            foreach (ref readonly var observation in batch.Items)
            {
                if (!SequenceFollower.TryWord(in observation, out var live)) continue;
                if (Find(in observation, in live) is not { } spoken) continue;
                var word = spoken.Model.Learn(Word.Of(in live), spoken.Before, spoken.Last);
                (spoken.Before, spoken.Last) = (spoken.Last, word);
            }
        }

        public void Break()
        {
            foreach (var spoken in _byKey.Values) (spoken.Before, spoken.Last) = (-1, -1);
        }

        private Spoken? Find(in Observation observation, in LivePoll live)
        {
            var at = (observation.Connection.Conversation.Index, observation.Protocol);
            if (_live.TryGetValue(at, out var spoken)) return spoken;
            var key = SequenceFollower.SpeakerOf(in observation, in live, context.Protocols, context.Vocabulary);
            if (!_byKey.TryGetValue(key, out spoken) && _byKey.Count < SequenceModel.MaximumSpeakers)
                _byKey.Add(key, spoken = new Spoken(new SpeakerModel(key)));
            _live.Add(at, spoken);
            return spoken;
        }

        private sealed class Spoken(SpeakerModel model)
        {
            public SpeakerModel Model { get; } = model;

            public int Before { get; set; } = -1;

            public int Last { get; set; } = -1;
        }
    }

    private sealed class Measurer(SequenceModel model, TrainingContext context) : ITraceConsumer
    {
        private readonly SequenceFollower _follower = new(model, context.Protocols, context.Vocabulary);
        private readonly (double Sum, double Most, long Count)[] _measured = new (double, double, long)[model.Speakers.Count];

        public void Consume(ObservationBatch batch)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            foreach (ref readonly var observation in batch.Items)
            {
                var number = _follower.Follow(in observation, out var mean, out var bits);
                if (number < 0) continue;
                ref var measured = ref _measured[number];
                measured = (measured.Sum + bits, Math.Max(measured.Most, mean), measured.Count + 1);
            }
        }

        public void Break() => _follower.Break();

        public IEnumerable<SpeakerModel> Measured() => model.Speakers.Select((speaker, at) => speaker.Measure(
            _measured[at].Count > 0 ? _measured[at].Sum / _measured[at].Count : 0, _measured[at].Most, _measured[at].Count));
    }
}
