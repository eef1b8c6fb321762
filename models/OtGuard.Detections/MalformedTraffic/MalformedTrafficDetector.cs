using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.MalformedTraffic;

/// <summary>
/// Finds connections with several malformed messages, and TCP segments that overlap with different bytes.
/// </summary>
/// <remarks>
/// One malformed message is told by the specification's own rule; a second one in the same connection is no accident of
/// a line but of a program: a fuzzer, an exploit, or a broken client. Segments that disagree have no innocent
/// explanation but a broken host: what the server reads and what a monitor reads differ, which is what evasion and
/// injection look like (Ptacek and Newsham 1998).
/// </remarks>
internal sealed class MalformedTrafficDetector : IDetector
{
    private static readonly DeviationKind Burst = DeviationCatalogue.Kind("malformed-burst");
    private static readonly DeviationKind Disagree = DeviationCatalogue.Kind("segments-disagree");

    private readonly MalformedTrafficOptions _options;
    private readonly LruTable<int, EventWindow> _connections;
    private readonly AnomalyMasks _malformed;

    public MalformedTrafficDetector(MalformedTrafficOptions options)
    {
        _options = options;
        _connections = new(options.Connections);
        _malformed = new AnomalyMasks(options.Rows);
    }

    public string Name => "malformed-traffic";

    public IReadOnlyList<string> Kinds => [Burst.Name, Disagree.Name];

    public Interests Interests => Interests.Anomalous | Interests.Network;

    public long Forgotten => _connections.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation == Operation.SegmentsDisagree) RaiseDisagreement(in observation, context);
        if (observation.Protocol == ProtocolRegistry.Network || !IsMalformed(in observation, context)) return;

        var window = _connections.GetOrAdd(
            observation.Connection.Index, () => new(_options.Messages, _options.Window));
        if (window.Add(Event.Of(in observation))) RaiseBurst(in observation, context, window);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private bool IsMalformed(in Observation observation, DetectionContext context) =>
        (observation.Anomalies & _malformed.Of(observation.Protocol, context.Protocols)) != 0
        || observation.Outcome == Outcome.Undecodable && observation.Anomalies == 0;

    private void RaiseBurst(in Observation observation, DetectionContext context, EventWindow window)
    {
        // A device that breaks its protocol on each of a thousand connections is one fact, told of the first of them.
        var key = Facts.Of(observation.Connection.Conversation);
        if (context.Deviations.Repeat(Burst.Name, key, in observation)) return;
        var connection = observation.Connection;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var severity = new SeverityTally(Burst);
        var finding = new Finding
        {
            Kind = Burst,
            Subject = Phrases.Subject(connection.Conversation),
            Expected = $"fewer than {_options.Messages} malformed messages in {Spans.Text(_options.Window)}",
            Observed = $"{_options.Messages} in {span}",
            Message = new Message(
                "malformed-burst",
                ("client", connection.Client.ToString()),
                ("server", connection.Server.ToString()),
                ("protocol", context.Protocols[observation.Protocol].DisplayName),
                ("count", Spans.Number(_options.Messages)),
                ("span", span),
                ("window", Spans.Text(_options.Window))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = _options.Messages,
            Scale = "malformed messages",
        };
        var deviation = context.Deviations.Open(key, finding, in observation);
        Event.Cover(deviation, window.Earlier(), context.Deviations);
    }

    private static void RaiseDisagreement(in Observation observation, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(Disagree.Name, key, in observation)) return;
        var severity = new SeverityTally(Disagree);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Disagree,
                Subject = Phrases.Subject(conversation),
                Expected = "the same bytes for the same sequence numbers",
                Observed = "different bytes",
                Message = new Message(
                    "segments-disagree",
                    ("client", observation.Connection.Client.ToString()),
                    ("server", observation.Connection.Server.ToString()),
                    ("service", Phrases.Service(conversation, context.Protocols))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }
}
