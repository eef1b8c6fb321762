using OtGuard.Collectors;
using OtGuard.Detections.Buses;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.BusErrors;

/// <summary>
/// D12 and the own side of D13: error frames in numbers, a node that says it is error passive, the listening controller going
/// bus-off. That another node went bus-off no frame says: it is inferred where its messages stop (<c>MessageAbsence</c>).
/// </summary>
/// <remarks>
/// A listener sees the error state of its own controller only, and in listen-only mode never a bus-off of its own.
/// </remarks>
internal sealed class BusErrorsDetector(BusErrorsOptions options) : IDetector
{
    private const string PassiveRow = "D12";
    private const string BusOffRow = "D13";

    private static readonly DeviationKind Burst = DeviationCatalogue.Kind("error-burst");
    private static readonly DeviationKind Passive = DeviationCatalogue.Kind("error-passive");
    private static readonly DeviationKind BusOff = DeviationCatalogue.Kind("bus-off");

    private readonly Dictionary<BusState, EventWindow> _errors = [];

    public string Name => "bus-errors";

    public IReadOnlyList<string> Kinds { get; } = [Burst.Name, Passive.Name, BusOff.Name];

    public Interests Interests => Interests.Anomalous | Interests.Special;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (context.Buses.Bus is not { } bus) return;
        if (observation.Operation == Operation.Diagnose) Count(bus, in observation, context);
        if (observation.Anomalies == 0) return;
        if (Circumstances.HasAnomalyOf(BusOffRow, in observation, context.Protocols)) RaiseBusOff(bus, in observation, context);
        else if (Circumstances.HasAnomalyOf(PassiveRow, in observation, context.Protocols)) RaisePassive(bus, in observation, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void Count(BusState bus, in Observation observation, DetectionContext context)
    {
        if (!_errors.TryGetValue(bus, out var window))
        {
            var limit = Math.Max(options.BurstFrames, (int)Math.Ceiling(options.LearnedFactor * (bus.Fact?.MostErrors ?? 0)));
            _errors.Add(bus, window = new EventWindow(limit, options.Window));
        }

        if (!window.Add(Event.Of(in observation))) return;
        var key = BusPhrases.Key(bus);
        if (context.Deviations.Repeat(Burst.Name, key, in observation)) return;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var learned = bus.Fact is null ? "nothing was learned of this bus" : $"at most {Spans.Number(bus.Fact.MostErrors)} in a second while learning";
        var severity = new SeverityTally(Burst);
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Burst,
                Subject = bus.Connection.Conversation.Client.ToString(),
                Expected = learned,
                Observed = $"{Spans.Number(window.Count)} error frames in {span}",
                Message = new Message(
                    "error-burst",
                    ("bus", bus.Connection.Conversation.Client.ToString()),
                    ("count", Spans.Number(window.Count)),
                    ("span", span),
                    ("learned", learned)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Score = window.Count,
                Scale = "error frames",
            },
            in observation);
        Event.Cover(deviation, window.Earlier(), context.Deviations);
    }

    private static void RaisePassive(BusState bus, in Observation observation, DetectionContext context)
    {
        // A sender that was error passive while learning is not worth a word again.
        var isSender = observation.Operation == Operation.Broadcast;
        if (isSender && context.Buses.Message is { Fact: not null } && (context.Novelty & Novelty.Form) == 0) return;
        var key = isSender ? BusPhrases.Key(bus, observation.Target.Start) : BusPhrases.Key(bus);
        if (context.Deviations.Repeat(Passive.Name, key, in observation)) return;
        var who = isSender
            ? $"The sender of {BusPhrases.Message(bus, observation.Target.Start, context)}"
            : "The controller that listens";
        var severity = new SeverityTally(Passive);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Passive,
                Subject = isSender
                    ? BusPhrases.Subject(bus, observation.Target.Start, context)
                    : bus.Connection.Conversation.Client.ToString(),
                Expected = "error active nodes",
                Observed = $"{who} is error passive",
                Message = new Message(
                    "error-passive", ("who", who), ("bus", bus.Connection.Conversation.Client.ToString())),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    private static void RaiseBusOff(BusState bus, in Observation observation, DetectionContext context)
    {
        var key = BusPhrases.Key(bus);
        if (context.Deviations.Repeat(BusOff.Name, key, in observation)) return;
        var severity = new SeverityTally(BusOff);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = BusOff,
                Subject = bus.Connection.Conversation.Client.ToString(),
                Expected = "a controller that takes part in the bus",
                Observed = "the controller that listens went bus-off",
                Message = new Message("bus-off", ("bus", bus.Connection.Conversation.Client.ToString())),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }
}
