using System.Globalization;
using OtGuard.Collectors;

namespace OtGuard.Models.Fields;

/// <summary>Learned fields as lines of text for a baseline file, and back.</summary>
/// <remarks>
/// A line for each identifier, followed by one for each of its fields; numbers are decimal, polynomials and constants
/// hexadecimal:
/// <code>
/// can0 1DB | 8 bytes | 1893 frames, 0 of other lengths | 2023-01-01T00:00:00.000000000Z .. 2023-01-01T00:00:19.000000000Z
/// can0 1DB bits 13+11 big | physical | 512 frames | 27 .. 1949 | 206 distinct | changed 0.639
/// can0 1DB bits 48+2 big | counter | 1893 frames, 0 faults | 0 .. 3 | 4 distinct | changed 1 | cycle 0 .. 3 step 1
/// can0 1DB bits 63+8 big | checksum | 1893 frames, 0 faults | 0 .. 255 | 210 distinct | changed 1 | crc-8 85 appended 0 at 56 constants 0
/// </code>
/// </remarks>
public static class FieldText
{
    private const string Separator = " | ";
    private const string Range = " .. ";

    /// <summary>The lines, in the order of <paramref name="maps"/>.</summary>
    public static IEnumerable<string> Lines(IEnumerable<CanFieldMap> maps)
    {
        foreach (var map in maps)
        {
            var name = Text($"can{map.Channel} {IdentifierText(map.Identifier)}");
            yield return string.Join(
                Separator,
                name,
                Text($"{map.PayloadBytes} bytes"),
                Text($"{map.Frames} frames, {map.OtherLengths} of other lengths"),
                $"{map.First}{Range}{map.Last}");
            foreach (var field in map.Fields) yield return Line(name, field);
        }
    }

    /// <summary>Reads what <see cref="Lines"/> wrote.</summary>
    /// <exception cref="BaselineFormatException">A line is none of those.</exception>
    public static IReadOnlyList<CanFieldMap> Read(IEnumerable<string> lines)
    {
        var maps = new List<CanFieldMap>();
        var fields = new List<CanField>();
        var name = "";
        foreach (var line in lines)
        {
            try
            {
                var cells = line.Split(Separator);
                if (!cells[0].Contains(" bits ", StringComparison.Ordinal))
                {
                    fields = [];
                    name = cells[0];
                    maps.Add(Map(cells, fields));
                }
                else
                {
                    if (!cells[0].StartsWith(name + " bits ", StringComparison.Ordinal) || maps.Count == 0)
                        throw new FormatException("it stands under another identifier");
                    fields.Add(Field(cells, maps[^1].PayloadBytes));
                }
            }
            catch (Exception fault) when (fault is FormatException or OverflowException or IndexOutOfRangeException)
            {
                throw new BaselineFormatException($"'{line}' is no line of CAN fields: {fault.Message}.", fault);
            }
        }

        return maps;
    }

    private static string Line(string name, CanField field)
    {
        var cells = new List<string>
        {
            Text($"{name} bits {field.StartBit}+{field.Length} {(field.IsBigEndian ? "big" : "little")}"),
            KindName(field.Kind),
            field.Kind is CanFieldKind.Counter or CanFieldKind.Checksum
                ? Text($"{field.Frames} frames, {field.Faults} faults")
                : Text($"{field.Frames} frames"),
            Text($"{field.Minimum}{Range}{field.Maximum}"),
            Text($"{field.Distinct} distinct"),
            Text($"changed {field.ChangeShare:R}"),
        };
        if (field.IsSigned) cells.Add("signed");
        if (RuleText(field) is { Length: > 0 } rule) cells.Add(rule);
        return string.Join(Separator, cells);
    }

    /// <summary>How a counter counts or a checksum is computed; an empty text for neither.</summary>
    internal static string RuleText(CanField field)
    {
        if (field.Cycle is { } cycle)
            return Text($"cycle {cycle.First}{Range}{cycle.Last} step {cycle.Step}{(cycle.Holds ? " holds" : "")}");
        if (field.Checksum is not { } checksum) return "";
        var constants = string.Join(',', checksum.Constants.ToArray().Select(c => Text($"{c:X}")));
        var counter = checksum.CounterBit < 0 ? "" : Text($" counter {checksum.CounterBit}");
        return Text($"{AlgorithmName(checksum.Algorithm)} {checksum.Polynomial:X} appended {checksum.AppendedBytes} ")
            + Text($"at {checksum.StartBit} constants {constants}{counter}");
    }

    private static CanFieldMap Map(string[] cells, List<CanField> fields)
    {
        var name = cells[0].Split(' ');
        var bytes = Words(cells[1], 2);
        var frames = Words(cells[2], 6);
        var times = cells[3].Split(Range);
        var identifier = uint.Parse(name[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (!name[0].StartsWith("can", StringComparison.Ordinal)) throw new FormatException("it names no channel");
        var length = Number(bytes[0]);
        if (length is < 0 or > FieldBits.Maximum / 8) throw new FormatException("no frame has that many bytes");
        return new CanFieldMap(
            Number(name[0][3..]),
            name[1].Length == 8 ? identifier | 0x80000000 : identifier,
            length,
            Long(frames[0]),
            Long(frames[2]),
            Time(times[0]),
            Time(times[1]),
            fields);
    }

    private static CanField Field(string[] cells, int payloadBytes)
    {
        var name = cells[0].Split(' ');
        var bits = name[3].Split('+');
        var evidence = cells[2].Split(' ');
        var range = cells[3].Split(Range);
        var kind = Kind(cells[1]);
        var field = new CanField
        {
            StartBit = Number(bits[0]),
            Length = Number(bits[1]),
            IsBigEndian = name[4] == "big",
            Kind = kind,
            Frames = Long(evidence[0]),
            Faults = evidence.Length > 2 ? Long(evidence[2]) : 0,
            Minimum = Long(range[0]),
            Maximum = Long(range[1]),
            Distinct = Number(Words(cells[4], 2)[0]),
            ChangeShare = double.Parse(Words(cells[5], 2)[1], CultureInfo.InvariantCulture),
            IsSigned = cells.Length > 6 && cells[6] == "signed",
            Cycle = kind == CanFieldKind.Counter ? Cycle(Words(cells[^1], 6)) : null,
            Checksum = kind == CanFieldKind.Checksum && cells.Length > 6 ? Checksum(Words(cells[^1], 8), payloadBytes) : null,
        };
        if (field.Length is < 1 or > 64 || field.StartBit < 0) throw new FormatException("a field has 1 to 64 bits");
        for (var index = 0; index < field.Length; index++)
            if (field.Bit(index) < 0 || field.Bit(index) >= payloadBytes * 8)
                throw new FormatException("its bits are outside of the frame");
        if (field.Cycle is not null && field.Length > CounterRule.MaximumLength)
            throw new FormatException("no counter is that long");
        return field;
    }

    private static CounterCycle Cycle(string[] words) =>
        new(Unsigned(words[1]), Unsigned(words[3]), Unsigned(words[5]), words.Length > 6 && words[6] == "holds");

    private static ChecksumRule Checksum(string[] words, int payloadBytes)
    {
        ushort[] constants =
        [
            .. words[7].Split(',').Select(c => ushort.Parse(c, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)),
        ];
        var counter = words.Length > 9 ? Number(words[9]) : -1;
        var rule = new ChecksumRule(
            Algorithm(words[0]),
            Number(words[5]),
            ushort.Parse(words[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            constants,
            counter,
            Math.Min(Number(words[3]), 2));
        var ends = rule.StartBit >= 0 && rule.StartBit + rule.Length <= payloadBytes * 8 && counter < payloadBytes * 8;
        var whole = counter < 0 ? constants.Length == 1 : constants.Length is 4 or 8 or 16;
        if (!ends || !whole) throw new FormatException("its checksum does not fit the frame");
        return rule;
    }

    /// <summary>An identifier in its usual form: <c>1A0</c> for 11 bits, <c>18DAF10B</c> for 29.</summary>
    internal static string IdentifierText(uint identifier) => (identifier & 0x80000000) != 0
        ? (identifier & 0x1FFFFFFF).ToString("X8", CultureInfo.InvariantCulture)
        : identifier.ToString("X3", CultureInfo.InvariantCulture);

    private static string KindName(CanFieldKind kind) => kind switch
    {
        CanFieldKind.Constant => "constant",
        CanFieldKind.Counter => "counter",
        CanFieldKind.Checksum => "checksum",
        CanFieldKind.Enumeration => "enumeration",
        CanFieldKind.Physical => "physical",
    };

    private static CanFieldKind Kind(string name) =>
        Enum.GetValues<CanFieldKind>().Cast<CanFieldKind?>().FirstOrDefault(kind => KindName(kind!.Value) == name)
        ?? throw new FormatException($"'{name}' is no kind of field");

    private static string AlgorithmName(ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Xor => "xor",
        ChecksumAlgorithm.Sum => "sum",
        ChecksumAlgorithm.NegatedSum => "negated-sum",
        ChecksumAlgorithm.NibbleXor => "nibble-xor",
        ChecksumAlgorithm.NibbleSum => "nibble-sum",
        ChecksumAlgorithm.NegatedNibbleSum => "negated-nibble-sum",
        ChecksumAlgorithm.Crc8 => "crc-8",
        ChecksumAlgorithm.Crc8Reflected => "crc-8-reflected",
        ChecksumAlgorithm.Crc16LittleEndian => "crc-16-little",
        ChecksumAlgorithm.Crc16BigEndian => "crc-16-big",
    };

    private static ChecksumAlgorithm Algorithm(string name) =>
        Enum.GetValues<ChecksumAlgorithm>().Cast<ChecksumAlgorithm?>().FirstOrDefault(a => AlgorithmName(a!.Value) == name)
        ?? throw new FormatException($"'{name}' is no checksum");

    private static string[] Words(string cell, int least)
    {
        var words = cell.Split(' ');
        return words.Length >= least ? words : throw new FormatException($"'{cell}' is too short");
    }

    private static CaptureTime Time(string text)
    {
        // Nine decimals: two more than DateTimeOffset holds.
        if (text.Length != 30 || text[19] != '.' || text[29] != 'Z') throw new FormatException($"'{text}' is no time");
        var seconds = DateTimeOffset.ParseExact(
            text[..19], "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return CaptureTime.FromSeconds(seconds.ToUnixTimeSeconds(), Long(text[20..29]));
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static long Long(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static ulong Unsigned(string text) => ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
