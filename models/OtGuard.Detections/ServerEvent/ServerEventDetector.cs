using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.ServerEvent;

/// <summary>C4: a server reports an alarm or condition of high severity.</summary>
/// <remarks>One deviation for each node that reports: an alarm that comes again and again is one fact with a count.</remarks>
internal sealed class ServerEventDetector(ServerEventOptions options) : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("server-event");

    public string Name => "server-event";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Special;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation != Operation.Notify) return;
        var protocol = context.Protocols[observation.Protocol];
        if (protocol.EventOf(in observation, context.Batch) is not { } reported) return;
        if (reported.Severity < options.MinimumSeverity) return;
        var conversation = observation.Connection.Conversation;
        var key = new FactKey((ulong)conversation.Index, observation.Target.Start);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var severity = new SeverityTally(Kind);
        var text = reported.Text.Length == 0 ? "no text" : reported.Text;
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = conversation.Server.ToString(),
                Expected = $"events of a severity below {options.MinimumSeverity}",
                Observed = $"severity {reported.Severity}: {text}",
                Message = new Message(
                    Kind.Name,
                    ("server", conversation.Server.ToString()),
                    ("client", conversation.Client.ToString()),
                    ("severity", Spans.Plain(reported.Severity)),
                    ("text", text)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Score = reported.Severity,
                Scale = "severity of 1,000",
            },
            in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
