using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.UnsolicitedResponse;

/// <summary>Finds answers nobody asked for: forged ones that race with the device's own, or replays.</summary>
/// <remarks>
/// Says nothing where the request may only be missing from the capture: bytes of the conversation are lost, or one
/// direction is not visible. Answers that come late, or to requests from before the capture, are not unsolicited: the
/// decoder knows them.
/// </remarks>
internal sealed class UnsolicitedResponseDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("unsolicited-response");

    private readonly LruTable<int, bool> _lossy;

    public UnsolicitedResponseDetector(UnsolicitedResponseOptions options) => _lossy = new(options.LossyConnections);

    public string Name => "unsolicited-response";

    public IReadOnlyList<string> Kinds => [Kind.Name];

    public Interests Interests => Interests.Unsolicited | Interests.Network;

    public long Forgotten => _lossy.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        var connection = observation.Connection;
        if (observation.Protocol == ProtocolRegistry.Network)
        {
            if (observation.Operation == Operation.BytesMissing) _lossy.GetOrAdd(connection.Index, () => true);
            return;
        }

        if (observation.Outcome != Outcome.Unsolicited || MayBeMissing(connection)) return;
        Raise(in observation, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private bool MayBeMissing(Connection connection) =>
        connection.OneSided
        || connection.Conversation.OneSided
        || connection.Conversation.Visibility.LostBytes > 0
        || _lossy.TryGet(connection.Index, out _);

    private static void Raise(in Observation observation, DetectionContext context)
    {
        var key = Facts.OfUnit(in observation);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var connection = observation.Connection;
        var severity = new SeverityTally(Kind);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = $"{connection.Conversation.Server} → {connection.Conversation.Client}",
                Expected = "an answer follows a request",
                Observed = $"{Phrases.Operation(in observation, context)} without a request",
                Message = new Message(
                    // Protocols without a number that pairs have 0 in its place.
                    observation.Transaction == 0 ? "unsolicited-response.plain" : "unsolicited-response",
                    ("server", Phrases.Server(in observation, context)),
                    ("client", connection.Client.ToString()),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("transaction", Spans.Plain(observation.Transaction))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }
}
