using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.SessionFlood;

/// <summary>Finds clients that open connection after connection, and servers that drown in attempts.</summary>
internal sealed class SessionFloodDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("session-flood");

    private readonly SessionFloodOptions _options;
    private readonly LruTable<int, EventWindow> _conversations;
    private readonly LruTable<NetworkAddress, EventWindow> _servers;

    public SessionFloodDetector(SessionFloodOptions options)
    {
        _options = options;
        _conversations = new(options.Conversations);
        _servers = new(options.Servers);
    }

    public string Name => "session-flood";

    public IReadOnlyList<string> Kinds => [Kind.Name];

    public Interests Interests => Interests.Network;

    public long Forgotten => _conversations.Evicted + _servers.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        if (observation.Operation != Operation.ConnectionAttempted || conversation.Transport != Transport.Tcp) return;

        var limit = context.Knows(conversation) ? _options.KnownClientSessions : _options.Sessions;
        var sessions = _conversations.GetOrAdd(conversation.Index, () => new(limit, _options.Window));
        if (sessions.Add(Event.Of(in observation))) RaiseSessions(in observation, context, sessions, limit);

        var attempts = _servers.GetOrAdd(conversation.Server, () => new(_options.Attempts, _options.Window));
        if (attempts.Add(Event.Of(in observation) with { Conversation = conversation }))
            RaiseAttempts(in observation, context, attempts);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void RaiseSessions(
        in Observation observation, DetectionContext context, EventWindow window, int limit)
    {
        var conversation = observation.Connection.Conversation;
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var severity = new SeverityTally(Kind);
        var finding = new Finding
        {
            Kind = Kind,
            Subject = Phrases.Subject(conversation),
            Expected = $"fewer than {limit} connections in {Spans.Text(_options.Window)}",
            Observed = $"{limit} connections in {span}",
            Message = new Message(
                "session-flood",
                ("client", conversation.Client.ToString()),
                ("server", conversation.Server.ToString()),
                ("service", Phrases.Service(conversation, context.Protocols)),
                ("count", Spans.Number(limit)),
                ("span", span),
                ("window", Spans.Text(_options.Window))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = limit,
            Scale = "connections",
            Accused = conversation,
        };
        var deviation = context.Deviations.Open(key, finding, in observation);
        Event.Cover(deviation, window.Earlier(), context.Deviations);
    }

    private void RaiseAttempts(in Observation observation, DetectionContext context, EventWindow window)
    {
        var conversation = observation.Connection.Conversation;
        var server = conversation.Server;
        // The server's address in the second half keeps the key apart from those of conversations.
        var key = Facts.Of(default, server);
        if (context.Deviations.Repeat(Kind.Name, key, in observation, conversation)) return;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var clients = window.Earlier().Select(item => item.Conversation!.Client).Append(conversation.Client)
            .Distinct().Count();
        var severity = new SeverityTally(Kind).Add(true, 20, "at this rate a server cannot serve anybody else");
        var finding = new Finding
        {
            Kind = Kind,
            Subject = server.ToString(),
            Expected = $"fewer than {Spans.Number(_options.Attempts)} connection attempts in {Spans.Text(_options.Window)}",
            Observed = $"{Spans.Number(_options.Attempts)} attempts in {span}",
            Message = new Message(
                "session-flood-server",
                ("server", server.ToString()),
                ("clients", Spans.Number(clients)),
                ("count", Spans.Number(_options.Attempts)),
                ("span", span),
                ("window", Spans.Text(_options.Window))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = _options.Attempts,
            Scale = "connection attempts",
            Accused = conversation,
        };
        var deviation = context.Deviations.Open(key, finding, in observation);
        Event.Cover(deviation, window.Earlier(), context.Deviations);
    }
}
