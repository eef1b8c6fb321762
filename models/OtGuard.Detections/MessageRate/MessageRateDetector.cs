using OtGuard.Collectors;
using OtGuard.Detections.Buses;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.MessageRate;

/// <summary>
/// D2: a message comes faster than it ever did while learning: its gap is far below the shortest learned one, or eight gaps
/// take far less time than eight ever took. The way an injected frame shows beside the genuine ones.
/// </summary>
/// <remarks>
/// Bands and their derivation: <c>MessageTimingLimits</c>. No distribution is assumed (arXiv 2101.05781). One deviation for
/// each message up to <see cref="MessageRateOptions.ToldOneByOne"/> of a bus, one for all others together; what a flood on
/// the bus (D4) bunches is told for information.
/// </remarks>
internal sealed class MessageRateDetector(MessageRateOptions options) : IDetector
{
    private readonly Dictionary<BusState, HashSet<uint>> _told = [];

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("message-too-fast");
    private static readonly string Flood = DeviationCatalogue.Kind("bus-flood").Name;

    public string Name => "message-rate";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Rhythm) == 0) return;
        if (context.Buses is not { Bus: { } bus, Message: { Fact: { } fact } message }) return;
        var key = KeyOf(bus, message.Identifier);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var isJoint = key == BusPhrases.Key(bus);

        var isGap = (ulong)message.Gap < (ulong)message.ShortestGapAllowed;
        var observed = isGap
            ? $"{BusPhrases.Time(message.Gap)} after the frame before"
            : $"eight gaps in {BusPhrases.Time(message.Span)}";
        var limit = isGap
            ? $"no gap was shorter than {BusPhrases.Time(fact.Rhythm.Shortest)}"
            : $"eight gaps never took less than {BusPhrases.Time(fact.Rhythm.ShortestSpan)}";
        var severity = new SeverityTally(Kind)
            .Add(!message.IsCyclic && !isJoint, -20, "the message is sent on events, whose rate may change")
            .Inform(
                context.Deviations.Find(Flood, BusPhrases.Key(bus)) is not null,
                "the bus is flooded, which delays and bunches its messages");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = isJoint
                    ? bus.Connection.Conversation.Client.ToString()
                    : BusPhrases.Subject(bus, message.Identifier, context),
                Expected = BusPhrases.Band(fact.Rhythm),
                Observed = observed,
                Message = new Message(
                    isJoint ? "message-too-fast.many" : "message-too-fast",
                    ("told", Spans.Number(options.ToldOneByOne)),
                    ("bus", bus.Connection.Conversation.Client.ToString()),
                    ("message", BusPhrases.Message(bus, message.Identifier, context)),
                    ("observed", observed),
                    ("limit", limit),
                    ("band", BusPhrases.Band(fact.Rhythm))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Score = Math.Round(
                    isGap
                        ? (double)message.Gap / fact.Rhythm.Shortest
                        : (double)message.Span / fact.Rhythm.ShortestSpan, 4),
                Scale = isGap ? "share of the shortest learned gap" : "share of the shortest time learned for eight gaps",
            },
            in observation);
    }

    private FactKey KeyOf(BusState bus, uint identifier)
    {
        if (!_told.TryGetValue(bus, out var told)) _told.Add(bus, told = []);
        return told.Contains(identifier) || told.Count < options.ToldOneByOne && told.Add(identifier)
            ? BusPhrases.Key(bus, identifier)
            : BusPhrases.Key(bus);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
