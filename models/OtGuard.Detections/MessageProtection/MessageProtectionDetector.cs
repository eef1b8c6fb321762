using OtGuard.Collectors;
using OtGuard.Detections.Buses;
using OtGuard.Detections.Windows;
using OtGuard.Models;
using OtGuard.Models.Fields;

namespace OtGuard.Detections.MessageProtection;

/// <summary>
/// D10: the alive counter or the checksum within a message does not fit (AUTOSAR end-to-end protection, and what makers had
/// before it). Which fields these are, and how they are computed, was found in the traffic that was learned.
/// </summary>
internal sealed class MessageProtectionDetector(MessageProtectionOptions options) : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("end-to-end-violation");

    private readonly ToldMessages _told = new(options.ToldOneByOne);

    public string Name => "message-protection";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Protection) == 0) return;
        if (context.Buses is not { Bus: { } bus, Message: { } message }) return;
        var key = _told.KeyOf(bus, message.Identifier);
        if (!context.Deviations.Repeat(Kind.Name, key, in observation))
            context.Deviations.Open(key, Describe(bus, message, key, 1, context), in observation);
        else if (context.Deviations.Find(Kind.Name, key) is { } open && open.Occurrences == options.FramesForAlarm)
            context.Deviations.Revise(open, Describe(bus, message, key, open.Occurrences, context));
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private Finding Describe(
        BusState bus, MessageState message, FactKey key, long frames, DetectionContext context)
    {
        var verdict = message.Protection;
        var isChecksum = (verdict.Violations & FieldViolations.ChecksumWrong) != 0;
        var field = verdict.Field!;
        var place = Spans.Plain(field.StartBit) + (field.Length == 1 ? "" : $" ({Spans.Plain(field.Length)} bits)");
        var severity = new SeverityTally(Kind)
            .Inform(frames < options.FramesForAlarm, "so few frames may come from a control unit that starts");
        return new Finding
        {
            Kind = Kind,
            Subject = key == BusPhrases.Key(bus)
                ? bus.Connection.Conversation.Client.ToString()
                : BusPhrases.Subject(bus, message.Identifier, context),
            Expected = $"{(isChecksum ? "checksum" : "counter")} {Spans.Plain(verdict.Expected)} at bit {place}",
            Observed = Spans.Plain(verdict.Actual),
            Message = new Message(
                key == BusPhrases.Key(bus) ? "end-to-end-violation.many"
                : isChecksum ? "end-to-end-violation.checksum"
                : verdict.IsRepeated ? "end-to-end-violation.repeated"
                : "end-to-end-violation.counter",
                ("bus", bus.Connection.Conversation.Client.ToString()),
                ("message", BusPhrases.Message(bus, message.Identifier, context)),
                ("place", place),
                ("expected", Spans.Plain(verdict.Expected)),
                ("actual", Spans.Plain(verdict.Actual)),
                ("frames", Spans.Number(field.Frames)),
                ("told", Spans.Number(options.ToldOneByOne)),
                ("rule", field.Checksum?.Text ?? "")),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
        };
    }
}
