using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.UnsolicitedResponse;

/// <summary>Finds answers nobody asked for: forged ones that race with the device's own, or replays.</summary>
/// <remarks>
/// Says nothing where the request may only be missing from the capture: bytes of the conversation are lost, one
/// direction is not visible, the capture joined the connection midway and nothing was asked yet, or the answer comes
/// late to a request already given up.
/// </remarks>
internal sealed class UnsolicitedResponseDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("unsolicited-response");

    private readonly UnsolicitedResponseOptions _options;
    private readonly LruTable<int, CaptureTime> _givenUp;
    private readonly LruTable<int, bool> _lossy;

    public UnsolicitedResponseDetector(UnsolicitedResponseOptions options)
    {
        _options = options;
        _givenUp = new(options.Connections);
        _lossy = new(options.Connections);
    }

    public string Name => "unsolicited-response";

    public IReadOnlyList<string> Kinds => [Kind.Name];

    public Interests Interests => Interests.Unsolicited | Interests.Unanswered | Interests.Network;

    public long Forgotten => _givenUp.Evicted + _lossy.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        var connection = observation.Connection;
        if (observation.Protocol == ProtocolRegistry.Network)
        {
            if (observation.Operation == Operation.BytesMissing) _lossy.GetOrAdd(connection.Index, () => true);
            return;
        }

        if (observation.Outcome == Outcome.Unanswered)
        {
            _givenUp.GetOrAdd(connection.Index, () => default) = observation.Time;
            return;
        }

        if (observation.Outcome != Outcome.Unsolicited || MayBeMissing(connection)) return;
        if (_givenUp.TryGet(connection.Index, out var asked) && observation.Time - asked <= _options.LateWithin) return;
        Raise(in observation, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private bool MayBeMissing(Connection connection) =>
        connection.OneSided
        || connection.JoinedMidway
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
                    "unsolicited-response",
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
