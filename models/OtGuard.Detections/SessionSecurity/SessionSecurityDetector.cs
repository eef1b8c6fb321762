using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.SessionSecurity;

/// <summary>
/// How sessions are secured and opened: other security than learned (C5), users that anybody could be (C6), guessed passwords
/// (C7), other certificates and applications (C8, C9), floods of secure channels (C18) and subscriptions (C21).
/// </summary>
/// <remarks>
/// What proves who is who is the protocol's to say (<see cref="IProtocol.Credentials"/>). Certificates and policies show in
/// encrypted traffic too; users, applications and refused log-ins do not.
/// </remarks>
internal sealed class SessionSecurityDetector : IDetector
{
    private const string UserRow = "C6";

    /// <summary>As for connections (A9): a client that starts anew opens two or three times what it usually does.</summary>
    private const double LearnedFactor = 3;

    /// <summary>Channels a window keeps at most.</summary>
    private const int MaximumLimit = 1000;

    private static readonly DeviationKind Downgrade = DeviationCatalogue.Kind("security-changed");
    private static readonly DeviationKind User = DeviationCatalogue.Kind("user-not-proven");
    private static readonly DeviationKind Guessing = DeviationCatalogue.Kind("credential-guessing");
    private static readonly DeviationKind ClientIdentity = DeviationCatalogue.Kind("client-identity-changed");
    private static readonly DeviationKind ServerIdentity = DeviationCatalogue.Kind("server-certificate-changed");
    private static readonly DeviationKind Channels = DeviationCatalogue.Kind("secure-channel-flood");
    private static readonly DeviationKind Subscriptions = DeviationCatalogue.Kind("subscription-flood");

    private readonly SessionSecurityOptions _options;
    private readonly LruTable<int, EventWindow> _logins;
    private readonly LruTable<int, DistinctWindow<uint>> _channels;
    private readonly LruTable<int, EventWindow> _subscriptions;
    private readonly Func<EventWindow> _newLogins;
    private readonly Func<EventWindow> _newSubscriptions;

    public SessionSecurityDetector(SessionSecurityOptions options)
    {
        _options = options;
        _logins = new(options.Conversations);
        _channels = new(options.Conversations);
        _subscriptions = new(options.Conversations);
        _newLogins = () => new EventWindow(options.RefusedLogins, options.Window);
        _newSubscriptions = () => new EventWindow(options.Subscriptions, options.Window);
    }

    public string Name => "session-security";

    public IReadOnlyList<string> Kinds { get; } =
    [
        Downgrade.Name, User.Name, Guessing.Name, ClientIdentity.Name, ServerIdentity.Name, Channels.Name, Subscriptions.Name,
    ];

    public Interests Interests => Interests.Special;

    public long Forgotten => _logins.Evicted + _channels.Evicted + _subscriptions.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        switch (observation.Operation)
        {
            case Operation.OpenChannel:
                CountChannel(in observation, context);
                LookAtCredentials(in observation, context);
                break;
            case Operation.OpenSession:
                LookAtCredentials(in observation, context);
                break;
            case Operation.Authenticate:
                LookAtCredentials(in observation, context);
                if (observation.Outcome == Outcome.Rejected) CountLogin(in observation, context);
                else LookAtUser(in observation, context);
                break;
            case Operation.Subscribe when (context.Novelty & (Novelty.Range | Novelty.Function)) != 0 || context.Baseline is null:
                CountSubscription(in observation, context);
                break;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static void LookAtCredentials(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Credential) == 0 || context.Baseline is not { } baseline) return;
        var conversation = observation.Connection.Conversation;
        var protocol = context.Protocols[observation.Protocol];
        foreach (var (name, value) in protocol.Credentials(in observation, context.Batch))
        {
            var learned = baseline.CredentialsOf(conversation.Client, conversation.Server, protocol.Name, name);
            if (learned.Contains(value)) continue;
            // What was encrypted while learning shows for the first time where sessions are no longer secured: that is told.
            if (learned.Count == 0 && !name.EndsWith("security", StringComparison.Ordinal)) continue;
            var kind = name switch
            {
                "server certificate" => ServerIdentity,
                "client certificate" or "application" or "user" => ClientIdentity,
                _ => Downgrade,
            };
            var isWeaker = kind == Downgrade && value.Contains("None", StringComparison.Ordinal);
            var key = Facts.Of(conversation);
            if (context.Deviations.Repeat(kind.Name, key, in observation)) continue;
            var severity = new SeverityTally(kind)
                .Add(isWeaker, 10, "nothing is signed or encrypted any more")
                .Inform(
                    name == "user", "which users work through a known application changes; what they do is judged by itself");
            var expected = learned.Count == 0 ? "encrypted, so that it could not be seen" : Phrases.List(learned);
            context.Deviations.Open(
                key,
                Finding(kind, in observation, context, severity, $"{name} {expected}", $"{name} {value}", name, value, expected),
                in observation);
        }
    }

    /// <summary>A user that says nothing, or a password that anybody reads: permitted where it was learned.</summary>
    private static void LookAtUser(in Observation observation, DetectionContext context)
    {
        if (!Circumstances.HasAnomalyOf(UserRow, in observation, context.Protocols)) return;
        var key = Facts.Of(observation.Connection.Conversation);
        if (context.Deviations.Repeat(User.Name, key, in observation)) return;
        var isLearned = context.Baseline is not null && (context.Novelty & (Novelty.Credential | Novelty.Function)) == 0;
        var operation = Phrases.Operation(in observation, context);
        var severity = new SeverityTally(User).Inform(isLearned, "it was so while learning");
        context.Deviations.Open(
            key,
            Finding(
                User, in observation, context, severity, "a user who proves who he is", operation, "user", operation, ""),
            in observation);
    }

    private void CountLogin(in Observation observation, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        var window = _logins.GetOrAdd(conversation.Index, _newLogins);
        if (!window.Add(Event.Of(in observation))) return;
        RaiseBurst(Guessing, window, _options.RefusedLogins, "refused log-ins", in observation, context);
    }

    private void CountSubscription(in Observation observation, DetectionContext context)
    {
        var window = _subscriptions.GetOrAdd(observation.Connection.Conversation.Index, _newSubscriptions);
        if (!window.Add(Event.Of(in observation))) return;
        RaiseBurst(Subscriptions, window, _options.Subscriptions, "subscriptions and monitored items", in observation, context);
    }

    private void CountChannel(in Observation observation, DetectionContext context)
    {
        // It has its number from the server: what asks for one, and is seen apart from the answer, has none yet.
        if (observation.Channel == 0) return;
        var conversation = observation.Connection.Conversation;
        if (!_channels.TryGet(conversation.Index, out var window))
        {
            var limit = LimitOf(in observation, context);
            window = _channels.GetOrAdd(conversation.Index, () => new DistinctWindow<uint>(limit, _options.Window));
        }

        if (!window.Add(observation.Channel, Event.Of(in observation))) return;
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(Channels.Name, key, in observation)) return;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        context.Deviations.Open(
            key,
            Burst(Channels, window.Count, "secure channels", span, in observation, context),
            in observation);
    }

    /// <summary>
    /// Three times the sessions that were usual while learning, where that is more than the setting: renewed channels do not
    /// count, and where sessions are encrypted nothing is known of them.
    /// </summary>
    private int LimitOf(in Observation observation, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        var protocol = context.Protocols[observation.Protocol].Name;
        var usual = context.Baseline?.Credentials
            .Where(fact => fact.Client == conversation.Client && fact.Server == conversation.Server
                && fact.Protocol == protocol && fact.Name == "session security")
            .Sum(fact => (double)fact.Seen.Count / fact.Seen.Minutes) ?? 0;
        return Math.Max(_options.OpenedChannels, (int)Math.Min(MaximumLimit, Math.Ceiling(LearnedFactor * usual)));
    }

    private void RaiseBurst(
        DeviationKind kind, EventWindow window, int count, string what, in Observation observation, DetectionContext context)
    {
        var key = Facts.Of(observation.Connection.Conversation);
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var deviation = context.Deviations.Open(key, Burst(kind, count, what, span, in observation, context), in observation);
        Event.Cover(deviation, window.Earlier(), context.Deviations);
    }

    private Finding Burst(
        DeviationKind kind, int count, string what, string span, in Observation observation, DetectionContext context) =>
        Finding(
            kind, in observation, context, new SeverityTally(kind),
            $"fewer than {Spans.Number(count)} {what} in {Spans.Text(_options.Window)}",
            $"{Spans.Number(count)} in {span}", what, Spans.Number(count), span) with
        {
            Score = count,
            Scale = what,
        };

    private static Finding Finding(
        DeviationKind kind,
        in Observation observation,
        DetectionContext context,
        SeverityTally severity,
        string expected,
        string observed,
        string name,
        string value,
        string learned)
    {
        var conversation = observation.Connection.Conversation;
        return new Finding
        {
            Kind = kind,
            Subject = Phrases.Subject(in observation, context),
            Expected = expected,
            Observed = observed,
            Message = new Message(
                kind.Name,
                ("client", conversation.Client.ToString()),
                ("server", conversation.Server.ToString()),
                ("name", name),
                ("value", value),
                ("learned", learned),
                ("operation", Phrases.Operation(in observation, context))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
        };
    }
}
