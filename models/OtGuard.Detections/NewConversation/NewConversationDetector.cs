using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.NewConversation;

/// <summary>
/// A2: a client talks to a server it never talked to; A3: it does so over a service the two never used between them.
/// The whole conversation is accused, both ways and from its first frame.
/// </summary>
/// <remarks>
/// A host never seen while learning has one deviation, whatever it reaches. For others there is
/// one for each client and server: a port scan opens a thousand conversations and is one cause. Beyond
/// <see cref="NewConversationOptions.MaximumServersPerClient"/> the client's further servers share one, and so do a
/// server's further clients beyond <see cref="NewConversationOptions.MaximumClientsPerServer"/>.
/// </remarks>
internal sealed class NewConversationDetector(NewConversationOptions options) : IDetector
{
    private static readonly DeviationKind NewPair = DeviationCatalogue.Kind("new-conversation");
    private static readonly DeviationKind NewPort = DeviationCatalogue.Kind("new-port");

    private readonly Allowance<NetworkAddress> _servers = new(options.MaximumServersPerClient, options.MaximumHosts);
    private readonly Allowance<NetworkAddress> _clients = new(options.MaximumClientsPerServer, options.MaximumHosts);

    private readonly Spread<NetworkAddress> _newClients = new(options.MaximumHosts);

    public string Name => "new-conversation";

    public IReadOnlyList<string> Kinds { get; } = [NewPair.Name, NewPort.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Conversation) == 0 || context.Baseline is not { } baseline) return;
        if (observation.Operation != Operation.ConversationStarted) return;

        var conversation = observation.Connection.Conversation;
        // Chatter and alarms have deviations of their own: what is told for information must not hide an alarm.
        if (Circumstances.IsChatter(conversation)) Inform(in observation, conversation, context);
        else if (!baseline.KnowsHost(conversation.Client) && AccuseNewClient(in observation, conversation, baseline, context))
            return;
        else Accuse(in observation, conversation, baseline, context);
    }

    /// <summary>Adds the conversation to the one deviation of a client never seen; false where it has no place there.</summary>
    private bool AccuseNewClient(
        in Observation observation, Conversation conversation, Baseline baseline, DetectionContext context)
    {
        if (_newClients.Join(conversation.Client, conversation.Server) is { } open)
        {
            context.Deviations.Repeat(NewPair.Name, Facts.Of(conversation.Client), in observation, conversation);
            if (Weigh(NewPair, conversation, standby: null, baseline, context).Value > open.Finding.Severity)
                _newClients.Reword(conversation.Client, Words(conversation, baseline, context));
            return true;
        }

        // A flood from made-up addresses is one cause too: the server's.
        if (baseline.StandbyOf(conversation) is not null || !_newClients.HasRoom || !_clients.TryTake(conversation.Server))
            return false;
        var words = Words(conversation, baseline, context);
        var deviation = context.Deviations.Open(
            Facts.Of(conversation.Client),
            Describe(NewPair, conversation, standby: null, baseline, context),
            in observation);
        _newClients.Begin(conversation.Client, conversation.Server, deviation, words);
        return true;
    }

    // A method of its own, so that the closure is made for a new deviation only.
    private static Func<Reach, Finding> Words(Conversation conversation, Baseline baseline, DetectionContext context) =>
        reach => Describe(reach, conversation, baseline, context);

    private static Finding Describe(Reach reach, Conversation conversation, Baseline baseline, DetectionContext context)
    {
        var finding = Describe(NewPair, conversation, standby: null, baseline, context);
        if (reach.Count == 1) return finding;
        return finding with
        {
            Subject = $"{conversation.Client} → {Spans.Number(reach.Count)} hosts",
            Expected = $"no traffic of {conversation.Client}",
            Observed = $"traffic with {reach}",
            Message = new Message(
                "new-conversation.new-client-many",
                ("client", conversation.Client.ToString()),
                ("count", Spans.Number(reach.Count)),
                ("servers", reach.ToString()),
                ("service", Phrases.Service(conversation, context.Protocols)),
                ("server", conversation.Server.ToString()),
                ("learned", Phrases.List(baseline.ClientsOf(conversation)))),
        };
    }

    public void Advance(CaptureTime now, DetectionContext context) => _newClients.Advance(context.Deviations);

    private void Inform(in Observation observation, Conversation conversation, DetectionContext context)
    {
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(NewPair.Name, key, in observation)) return;
        // A sweep of identifiers begins a conversation on each: one cause.
        if (conversation.Transport == Transport.Can && !_clients.TryTake(conversation.Server))
        {
            key = Facts.Of(default, conversation.Server);
            if (context.Deviations.Repeat(NewPair.Name, key, in observation, conversation)) return;
        }

        var severity = new SeverityTally(NewPair)
            .Inform(true, "group, link-layer and address-assignment traffic is a fact for the inventory");
        var service = Phrases.Service(conversation, context.Protocols);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = NewPair,
                Subject = Phrases.Subject(conversation),
                Expected = $"no {service} from {conversation.Client} to {conversation.Server}",
                Observed = service,
                Message = new Message(
                    "new-conversation.chatter",
                    ("client", conversation.Client.ToString()),
                    ("server", conversation.Server.ToString()),
                    ("service", service)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Accused = conversation,
            },
            in observation);
    }

    private void Accuse(
        in Observation observation, Conversation conversation, Baseline baseline, DetectionContext context)
    {
        var standby = baseline.StandbyOf(conversation);
        // A take-over by the standby is told for information and must not swallow what the client opens besides.
        var key = standby is null ? Facts.Of(conversation.Client, conversation.Server) : Facts.Of(conversation);
        if (Repeat(NewPair, key, in observation, baseline, context)) return;
        if (Repeat(NewPort, key, in observation, baseline, context)) return;

        var kind = baseline.KnowsPair(conversation.Client, conversation.Server) ? NewPort : NewPair;
        if (standby is null && SharedKey(conversation) is { } shared)
        {
            key = shared;
            if (Repeat(kind, key, in observation, baseline, context)) return;
        }

        context.Deviations.Open(key, Describe(kind, conversation, standby, baseline, context), in observation);
    }

    /// <summary>The key of the deviation that the client's, or the server's, further conversations share; else null.</summary>
    private FactKey? SharedKey(Conversation conversation)
    {
        if (!_servers.TryTake(conversation.Client)) return Facts.Of(conversation.Client);
        return _clients.TryTake(conversation.Server) ? null : Facts.Of(default, conversation.Server);
    }

    /// <summary>
    /// Adds the conversation to the deviation that is open already. Where it weighs more than the one that opened it (a
    /// scan that comes to the control protocol's port), the deviation is told by it from then on.
    /// </summary>
    private static bool Repeat(
        DeviationKind kind, FactKey key, in Observation observation, Baseline baseline, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        if (!context.Deviations.Repeat(kind.Name, key, in observation, conversation)) return false;
        if (context.Deviations.Find(kind.Name, key) is { IsInformation: false } open
            && Weigh(kind, conversation, standby: null, baseline, context).Value > open.Finding.Severity)
        {
            var finding = Describe(kind, conversation, standby: null, baseline, context);
            context.Deviations.Revise(open, finding with { Subject = open.Finding.Subject });
        }

        return true;
    }

    private static SeverityTally Weigh(
        DeviationKind kind,
        Conversation conversation,
        NetworkAddress? standby,
        Baseline baseline,
        DetectionContext context) => new SeverityTally(kind)
            .Add(
                Phrases.Registered(conversation, context.Protocols) is not null,
                5,
                "the service is a control protocol's")
            .Add(!baseline.KnowsHost(conversation.Client), 5, "the client was never seen while learning")
            .Add(conversation.Client.IsPublic || conversation.Server.IsPublic, 10, "one side has a public address")
            .Inform(standby is not null, $"{conversation.Client} takes over what {standby} does, with which it shares a role");

    private static Finding Describe(
        DeviationKind kind,
        Conversation conversation,
        NetworkAddress? standby,
        Baseline baseline,
        DetectionContext context)
    {
        var (client, server) = (conversation.Client, conversation.Server);
        var service = Phrases.Service(conversation, context.Protocols);
        var clientIsKnown = baseline.KnowsHost(client);
        var serverIsKnown = baseline.KnowsHost(server);
        var severity = Weigh(kind, conversation, standby, baseline, context);
        var clients = baseline.ClientsOf(conversation);
        var learned = Phrases.List(clients);
        var services = Phrases.List(baseline.ServicesOf(client, server), "no service");
        var message = kind == NewPort ? "new-port"
            : standby is not null ? "new-conversation.standby"
            : !clientIsKnown && serverIsKnown ? "new-conversation.new-client"
            : !clientIsKnown ? "new-conversation.both-new"
            : !serverIsKnown ? "new-conversation.new-server"
            : clients.Count == 0 ? "new-conversation.nobody"
            : "new-conversation";
        return new Finding
        {
            Kind = kind,
            Subject = Phrases.Subject(conversation),
            Expected = kind == NewPort
                ? services
                : $"{service} on {server} used by {learned}",
            Observed = $"{service} used by {client}",
            Message = new Message(
                message,
                ("client", client.ToString()),
                ("server", server.ToString()),
                ("service", service),
                ("learned", learned),
                ("services", services),
                ("peer", standby?.ToString() ?? "")),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Accused = conversation,
        };
    }
}
