using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.CaptureBlindness;

/// <summary>
/// Tells what the capture does not show: conversations of which one direction is missing, and streams with holes.
/// Information, since it is the monitor that fails and not the plant; but nothing found there means little.
/// </summary>
internal sealed class CaptureBlindnessDetector : IDetector
{
    private static readonly DeviationKind OneSided = DeviationCatalogue.Kind("one-sided-capture");
    private static readonly DeviationKind Missing = DeviationCatalogue.Kind("capture-gap");

    public string Name => "capture-blindness";

    public IReadOnlyList<string> Kinds => [OneSided.Name, Missing.Name];

    public Interests Interests => Interests.Network;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation == Operation.OneSided)
            Raise(in observation, context, OneSided, "both directions", "one direction only");
        else if (observation.Operation == Operation.BytesMissing)
            Raise(in observation, context, Missing, "every byte of a stream", "bytes are missing");
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static void Raise(
        in Observation observation, DetectionContext context, DeviationKind kind, string expected, string observed)
    {
        var conversation = observation.Connection.Conversation;
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var severity = new SeverityTally(kind);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = kind,
                Subject = Phrases.Subject(conversation),
                Expected = expected,
                Observed = observed,
                Message = new Message(
                    kind.Name,
                    ("client", conversation.Client.ToString()),
                    ("server", conversation.Server.ToString()),
                    ("service", Phrases.Service(conversation, context.Protocols))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }
}
