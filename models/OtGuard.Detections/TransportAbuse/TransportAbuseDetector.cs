using System.Numerics;
using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.TransportAbuse;

/// <summary>
/// D24: the transport protocol of a bus is abused: messages that never end, are broken off again and again or were never
/// announced, and packets beyond what was agreed.
/// </summary>
/// <remarks>
/// Rules without a baseline: decoders flag what breaks the transport's rules and say which kind each flag is evidence for.
/// What a lost frame can cause has to come more often than lost frames are repeated; what no loss can cause
/// (<c>transport-overrun</c>) is told at once.
/// </remarks>
internal sealed class TransportAbuseDetector : IDetector
{
    private const string Row = "D24";

    private static readonly DeviationKind IsoTp = DeviationCatalogue.Kind("isotp-abuse");
    private static readonly DeviationKind Sessions = DeviationCatalogue.Kind("transport-sessions-broken");
    private static readonly DeviationKind Overrun = DeviationCatalogue.Kind("transport-overrun");
    private static readonly DeviationKind Flood = DeviationCatalogue.Kind("transport-data-flood");

    private readonly TransportAbuseOptions _options;
    private readonly Func<EventWindow> _newBroken;
    private readonly Func<EventWindow> _newStray;
    private readonly LruTable<FactKey, EventWindow> _broken;
    private readonly LruTable<FactKey, EventWindow> _stray;

    // For each protocol its 64 bits; null until the protocol's first anomaly.
    private readonly Rule?[]?[] _rules = new Rule?[]?[byte.MaxValue + 1];

    public TransportAbuseDetector(TransportAbuseOptions options)
    {
        _options = options;
        _newBroken = () => new EventWindow(options.BrokenMessages, options.Window);
        _newStray = () => new EventWindow(options.StrayPackets, options.Window);
        _broken = new(options.Pairs);
        _stray = new(options.Pairs);
    }

    public string Name => "transport-abuse";

    public IReadOnlyList<string> Kinds { get; } = [IsoTp.Name, Sessions.Name, Overrun.Name, Flood.Name];

    public Interests Interests => Interests.Anomalous;

    public long Forgotten => _broken.Evicted + _stray.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return;
        var rules = _rules[observation.Protocol] ??= RulesOf(context.Protocols[observation.Protocol]);
        for (var bits = observation.Anomalies; bits != 0; bits &= bits - 1)
            if (rules[BitOperations.TrailingZeroCount(bits)] is { } rule) Judge(rule, in observation, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static Rule?[] RulesOf(IProtocol protocol)
    {
        var rules = new Rule?[64];
        foreach (var anomaly in protocol.Anomalies)
            if (anomaly.CatalogueRow == Row && anomaly.Kind is { } kind)
                rules[anomaly.Bit] = new Rule(DeviationCatalogue.Kind(kind), anomaly);
        return rules;
    }

    private void Judge(Rule rule, in Observation observation, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        var key = KeyOf(conversation);
        if (rule.Kind == Overrun)
        {
            Raise(key, rule, in observation, context, 1, default, []);
            return;
        }

        // Of what is sent to everybody nothing is repeated: a message with packets missing is a lost frame and no abuse.
        if (conversation.Server.IsBroadcast && rule.Kind == Sessions && observation.RequestData.Length > 0) return;
        var isStray = rule.Kind == Flood;
        // What comes of packets that were asked for beyond a message is the same fact.
        if (isStray && context.Deviations.Find(Overrun.Name, key) is { } overrun
            && observation.Time - overrun.LastSeen <= _options.Window)
        {
            context.Deviations.Repeat(Overrun.Name, key, in observation);
            return;
        }

        var window = (isStray ? _stray : _broken).GetOrAdd(key, isStray ? _newStray : _newBroken);
        if (!window.Add(Event.Of(in observation))) return;
        Raise(key, rule, in observation, context, window.Count, observation.Time - window.Oldest.Time, window.Earlier());
    }

    private static void Raise(
        FactKey key, Rule rule, in Observation observation, DetectionContext context, int count, TimeSpan span,
        IEnumerable<Event> earlier)
    {
        if (context.Deviations.Repeat(rule.Kind.Name, key, in observation)) return;
        var protocol = context.Protocols[observation.Protocol];
        var severity = new SeverityTally(rule.Kind);
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = rule.Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = $"as {rule.Anomaly.Reference} has it",
                Observed = count == 1 ? rule.Anomaly.Name : $"{Spans.Number(count)} in {Spans.Text(span)}, the latest {rule.Anomaly.Name}",
                Message = new Message(
                    rule.Kind.Name,
                    ("client", observation.Connection.Conversation.Client.ToString()),
                    ("server", observation.Connection.Conversation.Server.ToString()),
                    ("place", Phrases.Place(protocol, observation.Target, "unknown content")),
                    ("text", rule.Anomaly.Text),
                    ("reference", rule.Anomaly.Reference),
                    ("count", Spans.Number(count)),
                    ("span", Spans.Text(span))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Score = count == 1 ? null : count,
                Scale = count == 1 ? null : "broken messages",
            },
            in observation);
        Event.Cover(deviation, earlier, context.Deviations);
    }

    /// <summary>Two nodes, whoever of them sends: a request to send and its answer are one matter.</summary>
    private static FactKey KeyOf(Conversation conversation) => conversation.Client.CompareTo(conversation.Server) <= 0
        ? Facts.Of(conversation.Client, conversation.Server)
        : Facts.Of(conversation.Server, conversation.Client);

    private sealed record Rule(DeviationKind Kind, AnomalyDescriptor Anomaly);
}
