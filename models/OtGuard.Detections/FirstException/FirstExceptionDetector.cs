using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.FirstException;

/// <summary>
/// B11, first part: a server refuses a client's function for a reason it never gave. Told for information: one refusal
/// changes nothing, and patterns of them are raised by rules (B11 to B13).
/// </summary>
internal sealed class FirstExceptionDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("first-exception");

    public string Name => "first-exception";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Refusal) == 0 || context.Baseline is not { } baseline) return;
        if (observation.Outcome != Outcome.Rejected || Circumstances.IsAboutGroups(in observation)
            || Circumstances.HasSessions(in observation, context)) return;
        // What was asked is new itself: the refusal is told with it.
        const Novelty asked = Novelty.Unit | Novelty.Function | Novelty.Range | Novelty.Writer;
        if ((context.Novelty & asked) != 0 || Circumstances.InNewConversation(in observation, baseline)) return;

        var key = Facts.OfOperation(in observation);
        key = key with { A = key.A << 16 | (ushort)observation.Reason };
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var conversation = observation.Connection.Conversation;
        var protocol = context.Protocols[observation.Protocol];
        var learned = Phrases.List([.. baseline.RefusalsOf(in observation, context.Protocols).Select(protocol.ReasonText)], "none");
        var severity = new SeverityTally(Kind);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = $"refusals: {learned}",
                Observed = protocol.ReasonText(observation.Reason),
                Message = new Message(
                    "first-exception",
                    ("client", conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("reason", protocol.ReasonText(observation.Reason)),
                    ("learned", learned)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
