using System.Runtime.CompilerServices;
using OtGuard.Collectors;

namespace OtGuard.Models.Scoring;

/// <summary>An event that exceeds what the budget allows for.</summary>
/// <param name="Score">The score at hand.</param>
/// <param name="Scale">The scale's name.</param>
/// <param name="RatePerDay">How often a day the like comes without any attack.</param>
/// <param name="IsExtrapolated">True where that was not counted but follows from the tail.</param>
/// <param name="Event">Running number of the event: the same for all that belongs to it.</param>
/// <param name="Begun">When the event began.</param>
/// <param name="IsNew">True where it is told for the first time.</param>
/// <param name="Owner">The message, device or conversation it belongs to.</param>
public readonly record struct ModelAlarm(
    Score Score, string Scale, double RatePerDay, bool IsExtrapolated, ulong Event, CaptureTime Begun, bool IsNew, int Owner);

/// <summary>
/// Judges observations by all models of a baseline: forms events of what the watches say, and lets through those that are
/// rarer than the budget allows for. Scoring never alters a model.
/// </summary>
/// <remarks>Not thread-safe. Allocates when an event begins alone.</remarks>
public sealed class ModelJudge
{
    private readonly ModelSet _models;
    private readonly (FamilyWatch Watch, int First)[] _watches;
    private readonly FamilyWatch[] _watchOf;
    private readonly int[] _ownerBase;
    private readonly double[] _alarmFrom;
    private readonly ScoreSheet _sheet = new();
    private readonly EventFormer _events;
    private readonly List<ModelAlarm> _alarms = [];
    private readonly List<(ModelAlarm Alarm, Observation Observation)> _unlikely = [];
    private readonly Func<int, int, TimeSpan> _cycleOf;

    /// <summary>Creates a judge.</summary>
    public ModelJudge(ModelSet models, Baseline vocabulary, ProtocolRegistry protocols, ModelOptions options, AlarmBudget budget)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(budget);
        _models = models;
        _events = new EventFormer(options) { Closed = over => EventClosed?.Invoke(over.Top) };
        _watches = new (FamilyWatch, int)[models.Models.Count];
        _watchOf = new FamilyWatch[models.Scales.Count];
        _ownerBase = new int[models.Scales.Count];
        var (first, owners) = (0, 0);
        for (var at = 0; at < _watches.Length; at++)
        {
            var model = models.Models[at];
            var watch = model.CreateWatch(new WatchContext(protocols, vocabulary, first));
            _watches[at] = (watch, first);
            for (var scale = 0; scale < model.Scales.Count; scale++)
            {
                _watchOf[first + scale] = watch;
                _ownerBase[first + scale] = owners;
            }

            first += model.Scales.Count;
            owners += watch.Owners;
        }

        Budget = budget;
        var share = budget.ShareOf(models.Scales.Count);
        _alarmFrom = [.. models.Scales.Select(scale => Math.Max(scale.Candidate, scale.ScoreAt(share)))];
        _cycleOf = (scale, key) => _watchOf[scale].CycleOf(scale, key);
    }

    /// <summary>
    /// Called with the greatest score of each event that is over, whether it was an alarm or not: to measure on traffic
    /// not learned from what a calibration promises. Events still open at the end are not told.
    /// </summary>
    public Action<Score>? EventClosed { get; set; }

    /// <summary>What the thresholds follow from.</summary>
    public AlarmBudget Budget { get; }

    /// <summary>The alarms of the observation at hand, or of the latest <see cref="Advance"/>.</summary>
    public IReadOnlyList<ModelAlarm> Alarms => _alarms;

    /// <summary>
    /// The latest candidates that are no alarms, one an event, the older ones first; at most <see cref="MostUnlikely"/>. Their
    /// observations are without values.
    /// </summary>
    public IReadOnlyList<(ModelAlarm Alarm, Observation Observation)> Unlikely => _unlikely;

    /// <summary>Candidates that are remembered; the oldest gives way.</summary>
    public const int MostUnlikely = 64;

    /// <summary>
    /// How surprising the observation at hand is by all scales together: ln(1 + s) of the greatest score on any of them. All are
    /// ratios to what was learned, with 1 at its edge, so that none needs a weight. For ranking alone.
    /// </summary>
    public double Surprise { get; private set; }

    /// <summary>The scores of the observation at hand.</summary>
    public ReadOnlySpan<Score> Scores => _sheet.Scores;

    /// <summary>Open events at their limit, scores without room and entries of watches without room.</summary>
    public long Forgotten => _events.Forgotten + _sheet.Forgotten + _watches.Sum(entry => entry.Watch.Forgotten);

    /// <summary>The score from which on a scale raises alarms.</summary>
    public double AlarmFrom(int scale) => _alarmFrom[scale];

    /// <summary>What an alarm is about, in words.</summary>
    public ScoreSubject Describe(in ModelAlarm alarm) => _watchOf[alarm.Score.Scale].Describe(alarm.Score);

    /// <summary>
    /// Judges an observation; true where there are <see cref="Alarms"/>. With <paramref name="isSelected"/> false it is taken
    /// note of, and nothing is told of it.
    /// </summary>
    public bool Observe(in Observation observation, ObservationBatch batch, bool isSelected = true)
    {
        _sheet.Clear();
        foreach (var (watch, _) in _watches) watch.Observe(in observation, batch, _sheet);
        return Judge(observation.Time.UnixNanoseconds, isSelected, in observation);
    }

    /// <summary>Judges the passing of time; true where there are <see cref="Alarms"/>.</summary>
    public bool Advance(CaptureTime now, bool isSelected = true)
    {
        _sheet.Clear();
        foreach (var (watch, _) in _watches) watch.Advance(now, _sheet);
        _events.CloseUntil(now.UnixNanoseconds, _cycleOf);
        return Judge(now.UnixNanoseconds, isSelected, in Unsafe.NullRef<Observation>());
    }

    private bool Judge(long time, bool isSelected, in Observation observation)
    {
        _alarms.Clear();
        Surprise = 0;
        var scores = _sheet.Scores;
        if (scores.Length == 0) return false;
        var top = 0.0;
        foreach (ref readonly var score in scores)
        {
            var scale = score.Scale;
            top = Math.Max(top, score.Value);
            if (score.Value < _models.Scales[scale].Candidate) continue;
            var happening = _events.Add(in score, time, _cycleOf(scale, score.Key));
            var isAlarm = score.Value >= _alarmFrom[scale] || happening.IsAlarm;
            if (!isSelected || (!isAlarm && Unsafe.IsNullRef(in observation))) continue;
            var isNew = !happening.IsAlarm;
            var calibration = _models.Scales[scale];
            var alarm = new ModelAlarm(
                score, calibration.Scale, calibration.RatePerDay(happening.Top.Value), happening.Top.Value > calibration.TailFrom,
                happening.Number, new CaptureTime(happening.First), isNew,
                _ownerBase[scale] + _watchOf[scale].OwnerOf(scale, score.Key));
            if (!isAlarm)
            {
                Remember(alarm, in observation);
                continue;
            }

            happening.IsAlarm = true;
            _alarms.Add(alarm);
        }

        Surprise = Math.Log(1 + top);
        return _alarms.Count > 0;
    }

    private void Remember(in ModelAlarm alarm, in Observation observation)
    {
        // The greatest of an event is what it is worth; the latest, when it was.
        for (var at = 0; at < _unlikely.Count; at++)
        {
            if (_unlikely[at].Alarm.Event != alarm.Event) continue;
            _unlikely.RemoveAt(at);
            break;
        }

        if (_unlikely.Count == MostUnlikely) _unlikely.RemoveAt(0);
        _unlikely.Add((alarm, observation with
        {
            RequestData = default,
            ResponseData = default,
            RequestValues = default,
            ResponseValues = default,
        }));
    }
}
