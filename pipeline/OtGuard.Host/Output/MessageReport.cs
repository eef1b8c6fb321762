using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>Prints the messages of buses.</summary>
internal sealed class MessageReport(ProtocolRegistry protocols, MessageInventory inventory)
{
    private static readonly string[] BusColumns =
        ["Bus", "Frames", "Messages", "Busiest second", "Error frames", "Longest silence"];

    private static readonly string[] Columns =
        ["Bus", "Message", "Name", "Frames", "Form", "Cycle", "Gaps", "First seen (UTC)", "Last seen (UTC)"];

    /// <summary>Two tables; nothing where there is no bus.</summary>
    public void Write(Tables tables)
    {
        var buses = inventory.Buses;
        if (buses.Count == 0) return;
        var messages = inventory.Messages;
        tables.Write(
            $"Buses ({buses.Count})",
            BusColumns,
            [
                .. buses.Select(bus => new[]
                {
                    bus.Bus.ToString(),
                    Words.Number(bus.Frames),
                    Words.Number(messages.Count(message => IsOn(message, bus))),
                    bus.Windows == 0 ? "" : $"{Words.Number(bus.BusiestWindow)} frames",
                    Words.Number(bus.ErrorFrames),
                    Words.Duration(Span(bus.LongestSilence)),
                }),
            ]);
        tables.Write(
            $"Messages ({messages.Count})",
            Columns,
            [
                .. messages.Select(message => new[]
                {
                    message.Message.ToString().Split(':')[0],
                    message.Message.ToString().Split(':')[1],
                    Declared(message)?.Name ?? "",
                    Words.Number(message.Seen.Count),
                    string.Join(", ", message.Forms.Select(form => Form(message, form)).Distinct()),
                    message.Rhythm.Gaps < 2 ? "" : Words.Duration(Span(message.Rhythm.Median)),
                    message.Rhythm.Gaps < 2
                        ? ""
                        : $"{Words.Duration(Span(message.Rhythm.Shortest))} to {Words.Duration(Span(message.Rhythm.Longest))}",
                    Words.Moment(message.Seen.First),
                    Words.Moment(message.Seen.Last),
                }),
            ]);
    }

    /// <summary>An object for each bus and each message.</summary>
    public void Write(JsonLines json)
    {
        foreach (var bus in inventory.Buses)
        {
            json.Write("bus", bus, static (writer, bus) =>
            {
                writer.WriteString("bus", bus.Bus.ToString());
                writer.WriteString("protocol", bus.Protocol);
                writer.WriteNumber("frames", bus.Frames);
                writer.WriteNumber("errorFrames", bus.ErrorFrames);
                writer.WriteNumber("busiestSecondFrames", bus.BusiestWindow);
                writer.WriteNumber("longestSilenceNanoseconds", bus.LongestSilence);
            });
        }

        foreach (var message in inventory.Messages)
        {
            json.Write("message", message, (writer, fact) =>
            {
                writer.WriteString("bus", fact.Message.ToString().Split(':')[0]);
                writer.WriteString("id", fact.Message.ToString().Split(':')[1]);
                writer.WriteString("protocol", fact.Protocol);
                writer.WriteString("name", Declared(fact)?.Name);
                writer.WriteNumber("frames", fact.Seen.Count);
                writer.WriteStartArray("forms");
                foreach (var form in fact.Forms) writer.WriteStringValue(Form(fact, form));
                writer.WriteEndArray();
                writer.WriteNumber("gaps", fact.Rhythm.Gaps);
                writer.WriteNumber("shortestGapNanoseconds", fact.Rhythm.Shortest);
                writer.WriteNumber("medianGapNanoseconds", fact.Rhythm.Median);
                writer.WriteNumber("longestGapNanoseconds", fact.Rhythm.Longest);
                writer.WriteString("firstSeen", fact.Seen.First.ToString());
                writer.WriteString("lastSeen", fact.Seen.Last.ToString());
            });
        }
    }

    private static bool IsOn(MessageFact message, BusFact bus) =>
        message.Protocol == bus.Protocol
        && message.Message.ToString().StartsWith(string.Create(CultureInfo.InvariantCulture, $"{bus.Bus}:"), StringComparison.Ordinal);

    private static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / 100);

    private DeclaredMessage? Declared(MessageFact message) =>
        protocols.IndexOf(message.Protocol) is { } index
            ? protocols[index].Declared(new Target(TargetSpace.CanIdentifier, message.Identifier, 1))
            : null;

    private string Form(MessageFact message, MessageForm form) =>
        protocols.IndexOf(message.Protocol) is { } index ? protocols[index].OperationText(form.Code, form.SubCode) : form.Name;
}
