using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.SecurityAccess;

/// <summary>
/// Finds access that is denied, guessed at and granted (D14, D15, D17): to what a server lets only those do who have
/// proven that they may.
/// </summary>
/// <remarks>
/// Which exchanges grant access, and what a refusal means, is the protocol's to say (<see cref="IProtocol.AccessStepOf"/>,
/// <see cref="IProtocol.MeaningOf"/>). A refusal that was a habit while learning, and access that was granted to the same
/// client then, are permitted.
/// </remarks>
internal sealed class SecurityAccessDetector(SecurityAccessOptions options) : IDetector
{
    private static readonly DeviationKind Denied = DeviationCatalogue.Kind("security-access-denied");
    private static readonly DeviationKind Guessing = DeviationCatalogue.Kind("security-access-guessing");
    private static readonly DeviationKind Granted = DeviationCatalogue.Kind("security-access-granted");
    private static readonly DeviationKind Required = DeviationCatalogue.Kind("authentication-required");
    private static readonly DeviationKind Failed = DeviationCatalogue.Kind("authentication-failed");

    private readonly Func<EventWindow> _newWindow = () => new EventWindow(options.Attempts, options.Window);
    private readonly LruTable<FactKey, EventWindow> _attempts = new(options.Conversations);

    public string Name => "security-access";

    public IReadOnlyList<string> Kinds { get; } =
        [Denied.Name, Guessing.Name, Granted.Name, Required.Name, Failed.Name];

    public Interests Interests => Interests.Rejected | Interests.Special;

    public long Forgotten => _attempts.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return;
        var protocol = context.Protocols[observation.Protocol];
        var step = protocol.AccessStepOf(observation.Code, observation.SubCode);
        if (observation.Outcome == Outcome.Succeeded)
        {
            if (step == AccessStep.Credential && !context.KnowsFunction(in observation))
                Raise(Granted, in observation, context);
            return;
        }

        if (observation.Outcome != Outcome.Rejected || context.KnowsRefusal(in observation)) return;
        var meaning = protocol.MeaningOf(observation.Reason);
        if (meaning == RefusalMeaning.AccessDenied) Raise(Denied, in observation, context);
        else if (meaning == RefusalMeaning.AuthenticationRequired) Raise(Required, in observation, context);
        else if (step == AccessStep.Authentication)
        {
            // A unit without the service cannot refuse anybody by it.
            if (meaning is not (RefusalMeaning.FunctionUnknown or RefusalMeaning.Busy)) Raise(Failed, in observation, context);
        }
        else if (step is AccessStep.Challenge or AccessStep.Credential && meaning is RefusalMeaning.CredentialWrong or RefusalMeaning.TooManyAttempts)
        {
            CountAttempt(in observation, context);
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void CountAttempt(in Observation observation, DetectionContext context)
    {
        var key = Facts.OfUnit(in observation);
        var window = _attempts.GetOrAdd(key, _newWindow);
        if (!window.Add(Event.Of(in observation)) || context.Deviations.Repeat(Guessing.Name, key, in observation)) return;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var finding = Describe(
            Guessing, in observation, context, new SeverityTally(Guessing),
            $"fewer than {options.Attempts} wrong tries in {Spans.Text(options.Window)}",
            $"{options.Attempts} in {span}",
            ("count", Spans.Number(options.Attempts)), ("span", span)) with
        {
            Score = options.Attempts,
            Scale = "wrong tries",
        };
        Event.Cover(context.Deviations.Open(key, finding, in observation), window.Earlier(), context.Deviations);
    }

    private static void Raise(DeviationKind kind, in Observation observation, DetectionContext context)
    {
        var key = Facts.OfUnit(in observation);
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var conversation = observation.Connection.Conversation;
        var isNewClient = context.Baseline is not null && !context.Knows(conversation);
        var severity = new SeverityTally(kind)
            .Add(isNewClient, 10, "by a client that was not learned")
            .Add(kind == Denied && observation.IsWrite, 10, "the request writes");
        var finding = Describe(
            kind, in observation, context, severity,
            kind == Granted ? "no access for this client" : "no such refusal",
            Phrases.Operation(in observation, context));
        context.Deviations.Open(key, finding, in observation);
    }

    private static Finding Describe(
        DeviationKind kind, in Observation observation, DetectionContext context, SeverityTally severity,
        string expected, string observed, params (string Name, string Value)[] further) => new()
        {
            Kind = kind,
            Subject = Phrases.Subject(in observation, context),
            Expected = expected,
            Observed = observed,
            Outcome = observation.Outcome,
            Message = new Message(
                kind.Name,
                [
                    ("client", observation.Connection.Conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("reason", observation.Outcome == Outcome.Rejected
                        ? context.Protocols[observation.Protocol].ReasonText(observation.Reason) : ""),
                    .. further,
                ]),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
        };
}
