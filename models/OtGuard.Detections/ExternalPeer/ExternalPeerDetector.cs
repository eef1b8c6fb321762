using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.ExternalPeer;

/// <summary>Finds hosts of the plant that talk with public addresses of the Internet.</summary>
/// <remarks>
/// Any unicast conversation with a public address on exactly one side counts, name and time service included: a plant
/// that permits these has them in its baseline, and one that does not wants to know, since both carry other data well.
/// With public addresses on both sides it cannot be told which of them is the plant's.
/// </remarks>
internal sealed class ExternalPeerDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("external-peer");

    private readonly ExternalPeerOptions _options;
    private readonly LruTable<NetworkAddress, int> _hosts;

    public ExternalPeerDetector(ExternalPeerOptions options)
    {
        _options = options;
        _hosts = new(options.Hosts);
    }

    public string Name => "external-peer";

    public IReadOnlyList<string> Kinds => [Kind.Name];

    public Interests Interests => Interests.Network;

    public long Forgotten => _hosts.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation != Operation.ConversationStarted) return;
        var conversation = observation.Connection.Conversation;
        if (conversation.Client.IsPublic == conversation.Server.IsPublic) return;
        if (conversation.IsGroup || conversation.LinkBroadcast) return;
        if (conversation.Client.IsUnspecified || conversation.Server.IsUnspecified) return;
        if (context.Knows(conversation)) return;

        var fromOutside = conversation.Client.IsPublic;
        var host = fromOutside ? conversation.Server : conversation.Client;
        ref var told = ref _hosts.GetOrAdd(host, () => 0);
        if (told < _options.ToldSingly)
        {
            told++;
            RaiseOne(in observation, context, fromOutside);
        }
        else
        {
            RaiseMany(in observation, context, host, told);
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static void RaiseOne(in Observation observation, DetectionContext context, bool fromOutside)
    {
        var conversation = observation.Connection.Conversation;
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var protocol = Phrases.Registered(conversation, context.Protocols);
        var severity = new SeverityTally(Kind)
            .Add(fromOutside, 20, "the conversation was begun from outside")
            .Add(protocol is not null, 10, $"the service is one of control: {protocol?.DisplayName}");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(conversation),
                Expected = "no conversation with public addresses beyond the learned ones",
                Observed = $"{Phrases.Service(conversation, context.Protocols)}",
                Message = new Message(
                    fromOutside ? "external-client" : "external-server",
                    ("client", conversation.Client.ToString()),
                    ("server", conversation.Server.ToString()),
                    ("service", Phrases.Service(conversation, context.Protocols))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Accused = conversation,
            },
            in observation);
    }

    private void RaiseMany(in Observation observation, DetectionContext context, NetworkAddress host, int told)
    {
        var conversation = observation.Connection.Conversation;
        var key = Facts.Of(default, host);
        if (context.Deviations.Repeat(Kind.Name, key, in observation, conversation)) return;
        var severity = new SeverityTally(Kind);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = host.ToString(),
                Expected = "no conversation with public addresses beyond the learned ones",
                Observed = $"more than {told} conversations with public addresses",
                Message = new Message(
                    "external-peers",
                    ("host", host.ToString()),
                    ("count", Spans.Number(_options.ToldSingly))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Accused = conversation,
            },
            in observation);
    }
}
