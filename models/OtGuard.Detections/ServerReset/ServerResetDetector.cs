using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.ServerReset;

/// <summary>Finds servers that abort a connection in use, and resets forged in their name.</summary>
/// <remarks>
/// A refused attempt, a client that aborts, and a reset after either side has said that it is done (FIN) are ordinary
/// ways to end a connection and say nothing.
/// </remarks>
internal sealed class ServerResetDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("server-reset");

    public string Name => "server-reset";

    public IReadOnlyList<string> Kinds => [Kind.Name];

    public Interests Interests => Interests.Network;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation != Operation.ConnectionReset || observation.Sender != Direction.ToClient) return;
        var conversation = observation.Connection.Conversation;
        var protocol = Phrases.Registered(conversation, context.Protocols) is not null
            || (conversation.ProtocolName is { } name && context.Protocols.IndexOf(name) is not null);
        // Servers of the office end connections so every day; for a controller it is news.
        if (!protocol) return;

        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var severity = new SeverityTally(Kind);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(conversation),
                Expected = "the client closes the connection, or the server does so in order",
                Observed = "the server aborted the connection",
                Message = new Message(
                    "server-reset",
                    ("server", observation.Connection.Server.ToString()),
                    ("client", observation.Connection.Client.ToString()),
                    ("service", Phrases.Service(conversation, context.Protocols))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
