using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;
using OtGuard.Models.Scoring;

namespace OtGuard.Detections.LearnedModels;

/// <summary>
/// Tells what the models of the baseline hold to be too rare for the budget of false alarms: one deviation an event. Where
/// many messages or devices turn out of the ordinary together, it is the whole that is in a state nobody taught, and that is
/// one deviation for information.
/// </summary>
internal sealed class LearnedModelsDetector(LearnedModelsOptions options) : IDetector
{
    private static readonly DeviationKind State = DeviationCatalogue.Kind("operating-state-unlearned");

    // Owners that began to deviate lately, with when and what was told of them.
    private readonly List<(CaptureTime Time, int Owner, DeviationKind Kind, FactKey Key)> _recent = [];
    private readonly Dictionary<(int Owner, DeviationKind Kind), (FactKey Key, CaptureTime Last)> _open = [];
    private CaptureTime? _stateUntil;
    private ulong _states;

    public string Name => "learned-models";

    public IReadOnlyList<string> Kinds { get; } = [.. ScaleKinds.Kinds, State.Name];

    public Interests Interests => Interests.Unlikely;

    public void Observe(in Observation observation, DetectionContext context)
    {
        // By index: a list behind its interface is enumerated on the heap.
        var alarms = context.Models!.Alarms;
        for (var at = 0; at < alarms.Count; at++) Tell(alarms[at], in observation, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
        if (context.Models is not { Alarms: { Count: > 0 } alarms } models) return;
        for (var at = 0; at < alarms.Count; at++)
        {
            if (models.Describe(alarms[at]).Latest is not { } latest) continue;
            Tell(alarms[at], latest with { Time = now }, context);
        }
    }

    private void Tell(in ModelAlarm alarm, in Observation observation, DetectionContext context, bool isCause = false)
    {
        var kind = ScaleKinds.Of(alarm.Scale, observation.Target.Space);
        var key = new FactKey(alarm.Event, (ulong)(uint)alarm.Score.Scale);
        if (!ScaleKinds.IsOfActs(alarm.Scale) && IsToldWith(key, alarm.Owner, kind, in observation, context)) return;
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var subject = context.Models!.Describe(alarm);
        var isState = IsState(alarm, kind, key, observation, context);
        context.Deviations.Open(key, Describe(alarm, kind, subject, observation.Time, isState, isCause, context), in observation);
        if (!isCause && !isState && !ScaleKinds.IsOfActs(alarm.Scale)) TellCauses(observation.Time, context);
    }

    /// <summary>
    /// Whether it belongs to what was told of the same device a while ago. Bounded by the number of devices and messages that
    /// models were learned of.
    /// </summary>
    private bool IsToldWith(
        FactKey key, int owner, DeviationKind kind, in Observation observation, DetectionContext context)
    {
        var now = observation.Time;
        if (_open.TryGetValue((owner, kind), out var told) && now - told.Last <= options.OneCause
            && context.Deviations.Find(kind.Name, told.Key) is { IsInformation: false }
            && context.Deviations.Repeat(kind.Name, told.Key, in observation))
        {
            _open[(owner, kind)] = (told.Key, now);
            return true;
        }

        _open[(owner, kind)] = (key, now);
        return false;
    }

    /// <summary>
    /// Tells what somebody did just before measured values turned out of the ordinary, where that was unusual too: on its own it
    /// was no alarm, and together with what followed it is what a person has to know first. It costs the budget nothing, as
    /// the alarm is told in any case.
    /// </summary>
    private void TellCauses(CaptureTime now, DetectionContext context)
    {
        var unlikely = context.Models!.Unlikely;
        for (var at = 0; at < unlikely.Count; at++)
        {
            var (act, observation) = unlikely[at];
            if (ScaleKinds.IsOfActs(act.Scale) && observation.IsWrite && act.RatePerDay <= context.Models.Budget.PerDay
                && now - observation.Time <= options.Together)
                Tell(act, in observation, context, isCause: true);
        }
    }

    /// <summary>
    /// Whether so many owners deviate together that it is the whole which is in another state. On a bus those told a moment
    /// ago are then told for information too; elsewhere they stand, and what people and programs do is never part of a state.
    /// There it is the same with as many values of one device.
    /// </summary>
    private bool IsState(in ModelAlarm alarm, DeviationKind kind, FactKey key, in Observation observation, DetectionContext context)
    {
        var isOnBus = observation.Connection.Conversation.Client.Kind == AddressKind.Can;
        if (!isOnBus && ScaleKinds.IsOfActs(alarm.Scale)) return false;
        var now = observation.Time;
        var owner = alarm.Owner;
        _recent.RemoveAll(entry => now - entry.Time > options.Together);
        _recent.Add((now, owner, kind, key));
        if (!isOnBus && _recent.Count(entry => entry.Owner == owner) >= options.StateOwners) return true;
        var owners = _recent.Select(entry => entry.Owner).Distinct().Count();
        if (owners < options.StateOwners)
        {
            if (_stateUntil is not { } until || now > until) return false;
        }
        else if (_stateUntil is not { } until || now > until)
        {
            TellState(owners, in observation, context);
            // What a vehicle does on its own is no alarm from its beginning on; a plant that nobody switched is one.
            foreach (var (_, _, told, fact) in _recent)
            {
                if (!isOnBus) break;
                if (context.Deviations.Find(told.Name, fact) is not { } open) continue;
                context.Deviations.Revise(open, open.Finding with
                {
                    Severity = Severity.Information,
                    SeverityReasons = [.. open.Finding.SeverityReasons, $"for information: {StateReason}"],
                });
            }
        }

        _stateUntil = now + options.Together;
        return true;
    }

    private const string StateReason = "many messages, devices or values of one device are out of the ordinary at once";

    private void TellState(int owners, in Observation observation, DetectionContext context)
    {
        var where = observation.Connection.Conversation.Client.Kind == AddressKind.Can
            ? observation.Connection.Conversation.Client.ToString()
            : "the network";
        context.Deviations.Open(new FactKey(++_states, 1), new Finding
        {
            Kind = State,
            Subject = where,
            Expected = "the states that were learned",
            Observed = string.Create(CultureInfo.InvariantCulture, $"{owners} messages or devices out of the ordinary within {options.Together.TotalSeconds:0} s"),
            Message = new Message(
                State.Name, ("where", where), ("count", owners.ToString(CultureInfo.InvariantCulture)),
                ("seconds", options.Together.TotalSeconds.ToString("0", CultureInfo.InvariantCulture))),
            Severity = new SeverityTally(State).Value,
            SeverityReasons = new SeverityTally(State).Reasons,
            Score = owners,
            Scale = "messages or devices",
        }, in observation);
    }

    private Finding Describe(
        in ModelAlarm alarm, DeviationKind kind, ScoreSubject subject, CaptureTime now, bool isState, bool isCause,
        DetectionContext context)
    {
        var expected = Band(alarm.Score, subject.Unit);
        var observed = Number(alarm.Score.Observed, subject.Unit);
        var related = subject.Related.Count == 0 ? "its own past" : string.Join(", ", subject.Related);
        var once = Once(alarm.RatePerDay);
        var basis = alarm.IsExtrapolated ? "extrapolated from the clean traffic" : "counted in the clean traffic";
        var severity = new SeverityTally(kind)
            .Add(alarm.RatePerDay * 100 < context.Models!.Budget.PerDay, 10, $"the like comes {once} without any attack")
            .Inform(
                context.Baseline!.LearnedFrom.Observed < options.LeastObserved,
                "the baseline was learned for too short a time for its rates to be relied on")
            .Inform(subject.Stage == LearningStage.Learning, "too little of it was seen to be sure")
            .Inform(isState, StateReason)
            .Add(isCause, 0, "measured values turned out of the ordinary right after it");
        return new Finding
        {
            Kind = kind,
            Subject = subject.Subject,
            Expected = expected,
            Observed = observed,
            Message = new Message(
                $"model-{alarm.Scale}", ("subject", subject.Subject), ("thing", subject.Thing), ("observed", observed),
                ("expected", expected), ("related", related), ("rate", once), ("basis", basis),
                ("since", subject.Since?.ToString() ?? ""), ("span", Spans.Text(now - (subject.Since ?? now)))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = alarm.RatePerDay,
            Scale = "events a day without any attack",
        };
    }

    private static string Band(in Score score, string unit) => score.Low == score.High
        ? Number(score.Low, unit)
        : $"{Number(score.Low, "")} to {Number(score.High, unit)}";

    // Of many bits without a unit, the bits say more than the number.
    private static string Number(double value, string unit)
    {
        if (unit.Length > 0) return value.ToString("G5", CultureInfo.InvariantCulture) + " " + unit;
        return value is >= 100_000 and < 18e18 && value == Math.Floor(value)
            ? string.Create(CultureInfo.InvariantCulture, $"0x{(ulong)value:X}")
            : value.ToString("G5", CultureInfo.InvariantCulture);
    }

    // How often, as a person says it.
    private static string Once(double ratePerDay) => ratePerDay switch
    {
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{ratePerDay:0} times a day"),
        >= 1.0 / 60 => string.Create(CultureInfo.InvariantCulture, $"once in {1 / ratePerDay:0} days"),
        >= 1.0 / 3650 => string.Create(CultureInfo.InvariantCulture, $"once in {1 / ratePerDay / 30:0} months"),
        _ => "less than once in ten years",
    };
}
