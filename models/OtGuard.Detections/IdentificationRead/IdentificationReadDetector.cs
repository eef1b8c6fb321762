using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.IdentificationRead;

/// <summary>
/// B23: a client asks a device who it is, and never did while learning. Engineering tools do so when somebody uses
/// them; so does whoever looks for a device with a known weakness.
/// </summary>
internal sealed class IdentificationReadDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("device-identification-read");

    public string Name => "identification-read";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Function) == 0 || context.Baseline is not { } baseline) return;
        if (observation.Operation != Operation.Identify || !Circumstances.IsAsked(in observation)) return;

        var key = Facts.Of(observation.Connection.Conversation);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var conversation = observation.Connection.Conversation;
        var protocol = context.Protocols[observation.Protocol];
        var asksOthers = baseline.UsesFunction(in observation, context.Protocols);
        var severity = new SeverityTally(Kind)
            .Add(observation.Outcome == Outcome.Succeeded, 5, "the device answered")
            .Inform(Circumstances.IsHeldByPeer(context), $"{conversation.Client} shares a role with a host that was learned to do so")
            .Inform(asksOthers, $"{conversation.Client} was learned to ask devices who they are")
            .Inform(
                Circumstances.InNewConversation(in observation, baseline),
                "it is part of a new conversation, which is raised itself");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = asksOthers
                    ? $"{conversation.Client} asks other devices"
                    : $"{conversation.Client} asks no device who it is",
                Observed = Phrases.Operation(in observation, context),
                Message = new Message(
                    asksOthers ? "device-identification-read.elsewhere" : "device-identification-read",
                    ("client", conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("protocol", protocol.DisplayName)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
