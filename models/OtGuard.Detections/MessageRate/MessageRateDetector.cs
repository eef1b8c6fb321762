using OtGuard.Collectors;
using OtGuard.Detections.Buses;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.MessageRate;

/// <summary>
/// D2: a message comes faster than it ever did while learning: a frame comes far before it is due. The way an injected frame
/// shows beside the genuine ones.
/// </summary>
/// <remarks>
/// The rule and its derivation: <see cref="MessageState"/>. No distribution is assumed (arXiv 2101.05781). One deviation for
/// each message up to <see cref="MessageRateOptions.ToldOneByOne"/> of a bus, one for all others together; what a flood on
/// the bus (D4) bunches is told for information.
/// </remarks>
internal sealed class MessageRateDetector(MessageRateOptions options) : IDetector
{
    private readonly ToldMessages _told = new(options.ToldOneByOne);

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("message-too-fast");
    private static readonly string Flood = DeviationCatalogue.Kind("bus-flood").Name;

    public string Name => "message-rate";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Rhythm) == 0) return;
        if (context.Buses is not { Bus: { } bus, Message: { Fact: { } fact } message }) return;
        var key = _told.KeyOf(bus, message.Identifier);
        if (!context.Deviations.Repeat(Kind.Name, key, in observation))
        {
            context.Deviations.Open(key, Describe(bus, message, fact, key, 1, context), in observation);
        }
        else if (context.Deviations.Find(Kind.Name, key) is { } open && open.Occurrences == options.FramesForAlarm)
        {
            context.Deviations.Revise(open, Describe(bus, message, fact, key, open.Occurrences, context));
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private Finding Describe(
        BusState bus, MessageState message, MessageFact fact, FactKey key, long frames, DetectionContext context)
    {
        var isJoint = key == BusPhrases.Key(bus);
        var observed = $"{BusPhrases.Time(message.Gap)} after the frame before";
        var limit = $"by the fastest rate that was kept up while learning, it was due {BusPhrases.Time(message.Early)} later";
        var severity = new SeverityTally(Kind)
            .Inform(!message.IsRegular, "the message is sent on events too, whose rate may change")
            .Inform(frames < options.FramesForAlarm, "so few early frames may be the recorder's doing")
            .Inform(
                context.Deviations.Find(Flood, BusPhrases.Key(bus)) is not null,
                "the bus is flooded, which delays and bunches its messages");
        return new Finding
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
            Score = Math.Round((double)message.Gap / fact.Rhythm.Median, 4),
            Scale = "share of the median gap",
        };
    }
}
