using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.ConduitViolation;

/// <summary>A15: a conversation between two declared zones for which no conduit is declared.</summary>
/// <remarks>
/// Judged by what is declared alone: that a conversation was learned does not make it permitted. Broadcasts and what
/// belongs to being part of a network are left aside. A client's further servers in other zones share one deviation.
/// </remarks>
internal sealed class ConduitViolationDetector(DeclaredSite site) : IDetector
{
    /// <summary>Servers of a client that are told one by one: the next ones follow from the same cause.</summary>
    private const int EachServer = 10;

    /// <summary>Clients counted. More than reach into other zones of any plant.</summary>
    private const int MaximumClients = 1024;

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("conduit-violation");

    private readonly Allowance<NetworkAddress> _servers = new(EachServer, MaximumClients);

    public string Name => "conduit-violation";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => site.Conduits.Count > 0 ? Interests.Network : Interests.None;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation != Operation.ConversationStarted) return;
        var conversation = observation.Connection.Conversation;
        if (Circumstances.IsChatter(conversation)) return;
        if (site.ZoneOf(conversation.Client) is not { } from || site.ZoneOf(conversation.Server) is not { } to) return;
        if (site.Allows(from, to, conversation.Service)) return;
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        if (!_servers.TryTake(conversation.Client))
        {
            key = Facts.Of(conversation.Client, default);
            if (context.Deviations.Repeat(Kind.Name, key, in observation, conversation)) return;
        }

        context.Deviations.Open(key, Describe(conversation, from, to, context), in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private Finding Describe(Conversation conversation, string from, string to, DetectionContext context)
    {
        var severity = new SeverityTally(Kind)
            .Add(Phrases.Registered(conversation, context.Protocols) is not null, 10, "the service is one of control");
        var service = Phrases.Service(conversation, context.Protocols);
        List<string> declared = [.. site.Conduits.Where(conduit => conduit.To == to).Select(conduit =>
            conduit.Services.Count == 0 ? conduit.From : $"{conduit.From} ({string.Join(", ", conduit.Services)})")];
        var expected = Phrases.List(declared, "no other zone");
        return new Finding
        {
            Kind = Kind,
            Subject = Phrases.Subject(conversation),
            Expected = $"conversations into {to} from {expected}",
            Observed = $"{service} from {from}",
            Message = new Message(
                Kind.Name,
                ("client", conversation.Client.ToString()),
                ("from", from),
                ("server", conversation.Server.ToString()),
                ("to", to),
                ("service", service),
                ("declared", expected)),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Accused = conversation,
        };
    }
}
