using OtGuard.Collectors;
using OtGuard.Detections.Buses;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.MessageForm;

/// <summary>
/// D7: a message comes with a data length code or as a frame type (remote, CAN FD, bit rate switch, error state) that it never
/// had while learning.
/// </summary>
internal sealed class MessageFormDetector(MessageFormOptions options) : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("message-form");

    private readonly ToldMessages _told = new(options.ToldOneByOne);

    public string Name => "message-form";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Form) == 0) return;
        if (context.Buses is not { Bus: { } bus, Message: { Fact: { } fact } message }) return;
        var key = _told.KeyOf(bus, message.Identifier);
        if (!context.Deviations.Repeat(Kind.Name, key, in observation))
            context.Deviations.Open(key, Describe(bus, message, fact, key, in observation, context), in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private Finding Describe(
        BusState bus,
        MessageState message,
        MessageFact fact,
        FactKey key,
        in Observation observation,
        DetectionContext context)
    {
        var protocol = context.Protocols[bus.Protocol];
        var learned = Phrases.List([.. fact.Forms.Select(form => protocol.OperationText(form.Code, form.SubCode))]);
        var declared = protocol.Declared(observation.Target);
        var severity = new SeverityTally(Kind);
        return new Finding
        {
            Kind = Kind,
            Subject = key == BusPhrases.Key(bus)
                ? bus.Connection.Conversation.Client.ToString()
                : BusPhrases.Subject(bus, message.Identifier, context),
            Expected = declared is null ? learned : $"{learned}; declared with {declared.Bytes} bytes",
            Observed = Phrases.Operation(in observation, context),
            Message = new Message(
                key == BusPhrases.Key(bus) ? "message-form.many" : "message-form",
                ("told", Spans.Number(options.ToldOneByOne)),
                ("bus", bus.Connection.Conversation.Client.ToString()),
                ("message", BusPhrases.Message(bus, message.Identifier, context)),
                ("form", Phrases.Operation(in observation, context)),
                ("learned", learned)),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
        };
    }
}
