using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.RoleReversal;

/// <summary>A4: a host that only ever answered a protocol's requests starts to send some itself.</summary>
internal sealed class RoleReversalDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("role-reversal");

    public string Name => "role-reversal";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Role) == 0 || context.Baseline is not { } baseline) return;
        // Requests are the protocol's own: a connection that a server opens without one is a new conversation only.
        if (observation.Protocol == ProtocolRegistry.Network || !Circumstances.IsAsked(in observation)) return;
        var conversation = observation.Connection.Conversation;
        var protocol = context.Protocols[observation.Protocol];
        if (!baseline.IsServer(conversation.Client, protocol.Name)) return;
        if (baseline.IsClient(conversation.Client, protocol.Name)) return;

        var key = Facts.Of(conversation.Client);
        if (context.Deviations.Repeat(Kind.Name, key, in observation, conversation)) return;
        var severity = new SeverityTally(Kind)
            .Add(observation.IsWrite, 10, "it writes")
            .Add(!baseline.KnowsHost(conversation.Server), 5, "the server was never seen while learning");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = $"{conversation.Client} answers {protocol.DisplayName} requests",
                Observed = $"it sent one: {Phrases.Operation(in observation, context)}",
                Message = new Message(
                    "role-reversal",
                    ("client", conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("protocol", protocol.DisplayName),
                    ("operation", Phrases.Operation(in observation, context))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Accused = conversation,
            },
            in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
