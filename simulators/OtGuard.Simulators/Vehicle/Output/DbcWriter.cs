using System.Globalization;
using System.Text;
using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Output;

/// <summary>Writes what messages mean as a DBC file.</summary>
/// <remarks>Vector's DBC format 1.0; 29-bit identifiers have bit 31 set, J1939's frame format is 3, CAN FD's is 14.</remarks>
internal static class DbcWriter
{
    private const string NoReceiver = "Vector__XXX";

    public static string Text(IReadOnlyList<MessageDefinition> messages)
    {
        var text = new StringBuilder("VERSION \"1.0\"\n\nNS_ :\n\nBS_:\n\nBU_:");
        foreach (var node in messages.Select(message => message.Node).Distinct().Order(StringComparer.Ordinal))
            text.Append(' ').Append(node);
        text.Append("\n\n");
        foreach (var message in messages) Message(text, message);
        foreach (var message in messages.Where(message => message.Comment.Length > 0 || message.Protection != Protection.None))
            Add(text, $"CM_ BO_ {Number(message)} \"{Comment(message)}\";\n");
        text.Append("""
            BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
            BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG","reserved","reserved","reserved","reserved","reserved","reserved","reserved","reserved","reserved","reserved","StandardCAN_FD","ExtendedCAN_FD";
            BA_DEF_DEF_ "GenMsgCycleTime" 0;
            BA_DEF_DEF_ "VFrameFormat" "StandardCAN";

            """);
        foreach (var message in messages.Where(message => message.CycleMilliseconds > 0))
            Add(text, $"BA_ \"GenMsgCycleTime\" BO_ {Number(message)} {message.CycleMilliseconds};\n");
        foreach (var message in messages.Where(message => message.Fd || message.Extended))
            Add(text, $"BA_ \"VFrameFormat\" BO_ {Number(message)} {(message.Fd ? 14 : 3)};\n");
        foreach (var message in messages)
        {
            foreach (var signal in message.Signals.Where(signal => signal.ValueNames.Count > 0))
            {
                Add(text, $"VAL_ {Number(message)} {signal.Name}");
                for (var i = 0; i < signal.ValueNames.Count; i++) Add(text, $" {i} \"{signal.ValueNames[i]}\"");
                text.Append(" ;\n");
            }
        }

        return text.ToString();
    }

    private static void Message(StringBuilder text, MessageDefinition message)
    {
        Add(text, $"BO_ {Number(message)} {message.Name}: {message.Length} {message.Node}\n");
        if (message.Multiplexer is { } multiplexer) Signal(text, multiplexer, " M");
        foreach (var signal in message.ProtectionSignals.Concat(message.Signals))
            Signal(text, signal, signal.Multiplexed is { } value ? FormattableString.Invariant($" m{value}") : "");
        text.Append('\n');
    }

    private static void Signal(StringBuilder text, Signal signal, string multiplexing) => Add(
        text,
        $" SG_ {signal.Name}{multiplexing} : {signal.Start}|{signal.Length}@{Form(signal)} {Range(signal)} \"{signal.Unit}\" {NoReceiver}\n");

    private static string Form(Signal signal) => (signal.BigEndian ? "0" : "1") + (signal.Signed ? "-" : "+");

    private static string Range(Signal signal) => FormattableString.Invariant(
        $"({signal.Scale},{signal.Offset}) [{Math.Round(signal.Minimum, 6)}|{Math.Round(signal.Maximum, 6)}]");

    private static string Comment(MessageDefinition message)
    {
        var protection = message.Protection switch
        {
            Protection.None => "",
            Protection.Counter => "Alive counter modulo 16.",
            Protection.CrcFirst => "Alive counter modulo 16; checksum: CRC-8 SAE J1850 over bytes 1 to the last.",
            Protection.CrcLastWithId =>
                "Alive counter modulo 16; checksum: CRC-8 SAE J1850 over the identifier's low byte and all bytes but the last.",
            Protection.NibbleXor => "Alive counter modulo 16; checksum: exclusive or of all other half bytes.",
        };
        return $"{message.Comment} {protection}".Trim();
    }

    private static uint Number(MessageDefinition message) => message.Extended ? message.Id | 0x8000_0000 : message.Id;

    private static void Add(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture));
}
