using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models;

/// <summary>Which frames are judged. Frames outside still feed the decoders.</summary>
/// <param name="First">First frame number, from 1.</param>
/// <param name="Last">Last frame number.</param>
public readonly record struct FrameSelection(long First, long Last)
{
    /// <summary>Every frame.</summary>
    public static readonly FrameSelection All = new(1, long.MaxValue);

    /// <summary>True for a selected frame.</summary>
    public bool Contains(long frame) => frame >= First && frame <= Last;
}

/// <summary>
/// Judges observations in order: asks the baseline what is new about each and shows it to the detectors that are
/// interested. An ordinary observation is shown to nobody.
/// </summary>
/// <remarks>Not thread-safe. Allocates only when something deviates.</remarks>
public sealed class DetectionEngine : IObservationConsumer
{
    private readonly IDetector[] _detectors;
    private readonly IDetector[][] _byInterest;
    private readonly DetectionContext _context;
    private readonly VocabularyJudge? _judge;
    private readonly FrameSelection _selection;
    private readonly List<Observation> _startedBefore = [];
    private long _nextAdvance = long.MinValue;
    private CaptureTime _latest;

    /// <summary>Creates an engine.</summary>
    public DetectionEngine(
        ProtocolRegistry protocols,
        Baseline? baseline,
        IReadOnlyList<IDetector> detectors,
        DeviationTable deviations,
        FrameSelection selection,
        AlarmBudget? budget = null)
    {
        _detectors = [.. detectors];
        _context = new DetectionContext(protocols, baseline, deviations, budget ?? AlarmBudget.Default);
        _judge = baseline is null ? null : new VocabularyJudge(baseline, protocols);
        _selection = selection;
        _byInterest = new IDetector[(int)Interests.Unlikely * 2][];
        Arrange();
    }

    /// <summary>
    /// Puts detectors in the place of those of the same name, which begin anew; all others, and what was found, stay as
    /// they are. For the judging thread.
    /// </summary>
    /// <param name="detectors">The new ones.</param>
    /// <param name="going">Conversations that began before, which they judge as if they began now.</param>
    public void Replace(IReadOnlyList<IDetector> detectors, IEnumerable<Conversation> going)
    {
        foreach (var detector in detectors)
        {
            var at = Array.FindIndex(_detectors, one => one.Name == detector.Name);
            if (at < 0) throw new ArgumentException($"There is no detector '{detector.Name}'.", nameof(detectors));
            _detectors[at] = detector;
        }

        Arrange();
        var concerned = detectors.Where(detector => (detector.Interests & (Interests.Network | Interests.Everything)) != 0).ToList();
        if (concerned.Count == 0) return;
        _context.Novelty = Novelty.None;
        foreach (var conversation in going)
        {
            var started = Started(conversation);
            foreach (var detector in concerned) detector.Observe(in started, _context);
        }
    }

    private static Observation Started(Conversation conversation) => new()
    {
        Time = conversation.LastSeen,
        Connection = new Connection(
            -1, new Endpoint(conversation.Client, 0), new Endpoint(conversation.Server, conversation.Service),
            conversation.Transport, conversation)
        {
            FirstSeen = conversation.FirstSeen,
            FirstFrame = conversation.Frames.First,
        },
        Protocol = ProtocolRegistry.Network,
        Operation = Operation.ConversationStarted,
        Code = -1,
        SubCode = -1,
        Unit = -1,
        Reason = -1,
        LatencyNanoseconds = -1,
        RequestFrame = conversation.Frames.Last,
    };

    private void Arrange()
    {
        // One list of detectors for every combination of interests: a look-up in place of a loop per observation.
        for (var mask = 0; mask < _byInterest.Length; mask++)
            _byInterest[mask] = [.. _detectors.Where(d => ((int)d.Interests & mask) != 0)];
    }

    /// <summary>
    /// Called for each observation the models looked at, with how surprising it is to all of them together
    /// (<see cref="ModelJudge.Surprise"/>): for rankings frame by frame.
    /// </summary>
    public Action<Observation, double>? Ranked { get; set; }

    /// <summary>The judge by models, or null where the baseline has none.</summary>
    public ModelJudge? Models => _context.Models;

    /// <summary>Observations judged.</summary>
    public StageCounters Counters { get; } = new("judging");

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        _context.Batch = batch;
        foreach (ref readonly var observation in batch.Items)
        {
            Judge(in observation);
            if (observation.Protocol != ProtocolRegistry.Network) _context.Process.Note(in observation, batch);
        }
    }

    /// <summary>
    /// Time has come so far, and nothing was observed since the last batch: what is missing by now is said now. Of no
    /// effect before the first observation, for a line that never spoke has not fallen silent.
    /// </summary>
    public void OnTime(CaptureTime now)
    {
        if (_latest == default || now <= _latest) return;
        _latest = now;
        if (now.UnixNanoseconds >= _nextAdvance) Advance(now);
    }

    /// <summary>The capture ended: time moves to its end, and open deviations close.</summary>
    public void Finish()
    {
        JudgeConversationsStartedBefore();
        Advance(_latest);
        _context.Deviations.CloseAll();
    }

    private void Judge(in Observation observation)
    {
        Counters.Received++;
        if (observation.Time > _latest) _latest = observation.Time;
        if (!_selection.Contains(Math.Max(observation.RequestFrame, observation.ResponseFrame)))
        {
            if (observation.Operation == Operation.ConversationStarted && observation.Frame < _selection.First)
                _startedBefore.Add(observation);
            // Models go by what came before: they follow what they do not judge.
            if (observation.Protocol != ProtocolRegistry.Network)
                _context.Models?.Observe(in observation, _context.Batch, isSelected: false);
            return;
        }

        if (observation.Time.UnixNanoseconds >= _nextAdvance) Advance(observation.Time);
        Show(in observation);
        Counters.Emitted++;
    }

    private void Show(in Observation observation)
    {
        var novelty = NoveltyOf(in observation);
        _context.Novelty = novelty;
        var interests = InterestsOf(in observation, novelty);
        if (_context.Models is { } models && observation.Protocol != ProtocolRegistry.Network)
        {
            if (models.Observe(in observation, _context.Batch)) interests |= Interests.Unlikely;
            if (models.Surprise > 0) Ranked?.Invoke(observation, models.Surprise);
        }

        foreach (var detector in _byInterest[(int)interests])
            detector.Observe(in observation, _context);
    }

    private Novelty NoveltyOf(in Observation observation)
    {
        if (BusWatch.IsFrame(in observation)) return _context.Buses.Observe(in observation, _context.Batch);
        _context.Buses.Clear();
        if (observation.Target.Space == TargetSpace.ParameterGroups) _context.Buses.NoteAssembled(in observation);
        return _judge is null ? Novelty.None : _judge.Judge(in observation, _context.Batch);
    }

    private static Interests InterestsOf(in Observation observation, Novelty novelty)
    {
        var interests = Interests.Everything;
        if (novelty != Novelty.None) interests |= Interests.Novel;
        if (observation.Anomalies != 0) interests |= Interests.Anomalous;
        if (observation.Protocol == ProtocolRegistry.Network) return interests | Interests.Network;
        interests |= observation.Outcome switch
        {
            Outcome.Succeeded or Outcome.Unpaired => Interests.None,
            Outcome.Rejected => Interests.Rejected,
            Outcome.Unanswered => Interests.Unanswered,
            Outcome.Unsolicited => Interests.Unsolicited,
            Outcome.Undecodable => Interests.Anomalous,
        };
        return interests | observation.Operation switch
        {
            Operation.Read or Operation.Broadcast or Operation.Segment => Interests.None,
            // A report of one value is a value that was read; one of several fields is an event.
            Operation.Notify when observation.ResponseValues.Count <= 1 => Interests.None,
            Operation.Write or Operation.ReadWrite => Interests.Write,
            Operation.WriteRecords => Interests.Write | Interests.Special,
            _ => Interests.Special,
        };
    }

    private void Advance(CaptureTime now)
    {
        _context.Models?.Advance(now);
        foreach (var detector in _detectors) detector.Advance(now, _context);
        _nextAdvance = now.UnixNanoseconds + CaptureTime.NanosecondsPerSecond;
    }

    /// <summary>
    /// Conversations that began before the selected frames and went on within them are judged too, at the end, when it
    /// is known that they did.
    /// </summary>
    private void JudgeConversationsStartedBefore()
    {
        foreach (var observation in _startedBefore)
            if (observation.Connection.Conversation.Frames.Last >= _selection.First) Show(in observation);
        _startedBefore.Clear();
    }
}
