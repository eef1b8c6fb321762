using System.Globalization;
using System.Text;

namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>How the columns of a plain table are to be read.</summary>
internal sealed record TableLayout
{
    /// <summary>The label stands behind the last byte of data, wherever that is.</summary>
    public const int BehindData = -2;

    /// <summary>There is no such column.</summary>
    public const int None = -1;

    // Rows on which the guess must agree: nine of ten, so that a damaged line does not hide the rest.
    private const int TenthsThatMustFit = 9;
    private const int MaximumSampleRows = 2000;

    /// <summary>Between the fields; a blank stands for any number of blanks.</summary>
    public byte Separator { get; init; } = (byte)',';

    /// <summary>Whether the first line is a header.</summary>
    public bool HasHeader { get; init; }

    /// <summary>Column of the identifier.</summary>
    public int Id { get; init; } = None;

    /// <summary>Whether the identifier's column is ID#DATA.</summary>
    public bool IdHoldsData { get; init; }

    /// <summary>First column of data.</summary>
    public int DataFirst { get; init; } = None;

    /// <summary>Last column of data.</summary>
    public int DataLast { get; init; } = None;

    /// <summary>Column of the time.</summary>
    public int Time { get; init; } = None;

    /// <summary>Column of the data length code.</summary>
    public int Length { get; init; } = None;

    /// <summary>Column of the channel.</summary>
    public int Channel { get; init; } = None;

    /// <summary>Column of the label, or <see cref="BehindData"/>.</summary>
    public int Label { get; init; } = None;

    /// <summary>Column that says whether the identifier has 29 bits.</summary>
    public int Extended { get; init; } = None;

    /// <summary>Column that says whether the frame is a remote frame.</summary>
    public int Remote { get; init; } = None;

    /// <summary>Base of identifiers.</summary>
    public int IdBase { get; init; } = 16;

    /// <summary>Base of data.</summary>
    public int DataBase { get; init; } = 16;

    /// <summary>Nanoseconds of a unit of time.</summary>
    public long TimeUnit { get; init; } = CaptureTime.NanosecondsPerSecond;

    /// <summary>Whether one column holds all bytes.</summary>
    public bool DataInOneColumn => !IdHoldsData && DataFirst == DataLast;

    /// <summary>The columns in words.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        if (Time != None) text.Append(CultureInfo.InvariantCulture, $"time={Time} in {UnitName(TimeUnit)}, ");
        text.Append(CultureInfo.InvariantCulture, $"id={Id} ({BaseName(IdBase)}), ");
        if (IdHoldsData) text.Append("data behind # in the same column");
        else if (DataInOneColumn) text.Append(CultureInfo.InvariantCulture, $"data={DataFirst} ({BaseName(DataBase)})");
        else text.Append(CultureInfo.InvariantCulture, $"data={DataFirst}-{DataLast} ({BaseName(DataBase)})");
        if (Length != None) text.Append(CultureInfo.InvariantCulture, $", dlc={Length}");
        if (Channel != None) text.Append(CultureInfo.InvariantCulture, $", channel={Channel}");
        if (Label == BehindData) text.Append(", label behind the data");
        else if (Label != None) text.Append(CultureInfo.InvariantCulture, $", label={Label}");
        return text.ToString();
    }

    /// <summary>The layout of a table that begins so, from what the user says, its header or its rows; null for none.</summary>
    public static TableLayout? Detect(ReadOnlySpan<byte> sample, CanColumns? columns)
    {
        var rows = Sample(sample);
        if (rows.Count == 0) return null;
        var separator = SeparatorOf(rows);
        var fields = rows.Select(row => Split(row, separator)).ToList();
        var layout = columns is not null ? FromColumns(columns, fields) : FromHeader(fields[0]) ?? FromRows(fields);
        if (layout is null) return null;
        if (layout.HasHeader) fields.RemoveAt(0);
        layout = layout with { Separator = separator };
        return Complete(layout, columns, layout.HasHeader ? Split(rows[0], separator) : null, fields);
    }

    private static string BaseName(int numberBase) => numberBase == 10 ? "decimal" : "hexadecimal";

    private static string UnitName(long unit) => unit switch
    {
        1 => "ns",
        1_000 => "µs",
        1_000_000 => "ms",
        _ => "s",
    };

    private static List<string> Sample(ReadOnlySpan<byte> sample)
    {
        var rows = new List<string>();
        var end = sample.LastIndexOf((byte)'\n');
        if (end >= 0) sample = sample[..end];
        foreach (var range in sample.Split((byte)'\n'))
        {
            var line = Encoding.Latin1.GetString(sample[range]).Trim('\r', ' ').TrimStart('\u00ef', '\u00bb', '\u00bf');
            if (line.Length == 0 || line[0] == '#' || line.StartsWith("//", StringComparison.Ordinal)) continue;
            rows.Add(line);
            if (rows.Count == MaximumSampleRows) break;
        }

        return rows;
    }

    private static byte SeparatorOf(List<string> rows)
    {
        // The last row is looked at too: a header may be a comment with commas.
        foreach (var candidate in ";\t,")
            if (rows[0].Contains(candidate, StringComparison.Ordinal) && rows[^1].Contains(candidate, StringComparison.Ordinal))
                return (byte)candidate;
        return (byte)' ';
    }

    // For the sample only; the reader splits bytes. Quotes hold a separator in.
    private static string[] Split(string row, byte separator)
    {
        if (separator == (byte)' ') return row.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (!row.Contains('"', StringComparison.Ordinal)) return [.. row.Split((char)separator).Select(field => field.Trim())];
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        foreach (var character in row)
        {
            if (character == '"') quoted = !quoted;
            else if (character == separator && !quoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
            {
                field.Append(character);
            }
        }

        fields.Add(field.ToString().Trim());
        return [.. fields];
    }

    private static TableLayout? FromColumns(CanColumns columns, List<string[]> rows)
    {
        // A header is a first line whose identifier is no number.
        var first = columns.Id < rows[0].Length ? rows[0][columns.Id] : "";
        var layout = new TableLayout
        {
            Id = columns.Id,
            DataFirst = columns.DataFirst ?? None,
            DataLast = columns.DataLast ?? None,
            IdHoldsData = columns.DataFirst is null,
            Time = columns.Time ?? None,
            Length = columns.Length ?? None,
            Channel = columns.Channel ?? None,
            Label = columns.Label ?? None,
            HasHeader = !IsId(first) && !IsIdAndData(first),
        };
        return layout.HasHeader && rows.Count == 1 ? null : layout;
    }

    private static TableLayout? FromHeader(string[] header)
    {
        var layout = new TableLayout { HasHeader = true };
        var lastByte = None;
        for (var i = 0; i < Math.Min(header.Length, CanColumns.MaximumColumns); i++)
        {
            var name = Normalise(header[i]);
            layout = name switch
            {
                "id" or "canid" or "arbitrationid" or "arbid" or "identifier" or "messageid" or "msgid" or "idhex" or "canidhex"
                    or "aid" or "arbitrationidhex" or "frameid" when layout.Id == None => layout with { Id = i },
                "time" or "timestamp" or "timestamps" or "ts" or "t" or "timeoffset" or "abstime" or "timestampepoch" or "times"
                    or "timems" or "timeus" or "timens" or "timestampms" or "timestampus" or "timestampns" or "timestamps0"
                    or "timesec" or "timeseconds" or "datetime" when layout.Time == None => layout with { Time = i },
                "dlc" or "len" or "length" or "datalength" or "datalengthcode" or "size" or "datalen" or "lengthbytes"
                    when layout.Length == None => layout with { Length = i },
                "data" or "datafield" or "payload" or "databytes" or "datahex" or "datafieldhex" or "payloadhex" or "datas"
                    when layout.DataFirst == None => layout with { DataFirst = i, DataLast = i },
                "channel" or "bus" or "iface" or "interface" or "ch" or "busid" or "channelid" when layout.Channel == None =>
                    layout with { Channel = i },
                "extended" or "ide" or "ext" or "isextended" or "isextendedid" => layout with { Extended = i },
                "rtr" or "remote" or "isremote" or "isremoteframe" => layout with { Remote = i },
                "label" or "labels" or "class" or "attack" or "flag" or "isattack" or "category" or "target" or "attacktype"
                    or "anomaly" or "y" when layout.Label == None => layout with { Label = i },
                _ => layout,
            };
            if (!IsByteName(name)) continue;
            if (lastByte == None) layout = layout with { DataFirst = i };
            else if (lastByte != i - 1) continue;
            lastByte = i;
            layout = layout with { DataLast = i };
        }

        return layout.Id != None && layout.DataFirst != None ? layout : null;
    }

    private static string Normalise(string name) =>
        new([.. name.ToLowerInvariant().Where(character => char.IsAsciiLetterOrDigit(character))]);

    // d0, data0, byte1, b7, db3, data[0].
    private static bool IsByteName(string name)
    {
        var letters = name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        return letters.Length < name.Length && letters is "d" or "b" or "data" or "byte" or "db" or "databyte" or "payload";
    }

    /// <summary>The usual forms of research data sets without a header.</summary>
    private static TableLayout? FromRows(List<string[]> rows)
    {
        // One row could be anything.
        if (rows.Count < 2) return null;
        TableLayout[] forms =
        [
            // time, id, three flags, dlc, bytes.
            new() { Time = 0, Id = 1, Length = 3, DataFirst = 4, DataLast = 4 + 63 },
            // time, id, dlc, bytes, label.
            new() { Time = 0, Id = 1, Length = 2, DataFirst = 3, DataLast = 3 + 63, Label = BehindData },
            // id, dlc, bytes, label.
            new() { Id = 0, Length = 1, DataFirst = 2, DataLast = 2 + 63, Label = BehindData },
            // time, id, eight bytes, label.
            new() { Time = 0, Id = 1, DataFirst = 2, DataLast = 9, Label = BehindData },
            // id, eight bytes, label.
            new() { Id = 0, DataFirst = 1, DataLast = 8, Label = BehindData },
        ];
        return FromIdAndData(rows) ?? forms.FirstOrDefault(form => MostFit(rows, row => Fits(form, row)));
    }

    private static bool MostFit(List<string[]> rows, Func<string[], bool> fits) =>
        rows.Count(fits) * 10L >= rows.Count * (long)TenthsThatMustFit;

    private static TableLayout? FromIdAndData(List<string[]> rows)
    {
        for (var column = 0; column < Math.Min(rows[0].Length, 4); column++)
        {
            var id = column;
            // Some writers leave the mark out where there are no data.
            if (!MostFit(rows, row => id < row.Length && (IsIdAndData(row[id]) || IsIdAndData(row[id] + "#")))
                || rows.Count(row => id < row.Length && IsIdAndData(row[id])) * 2 < rows.Count)
                continue;
            var layout = new TableLayout { Id = id, IdHoldsData = true };
            for (var other = 0; other < rows[0].Length; other++)
            {
                if (other == id) continue;
                if (layout.Time == None && rows[0][other].Contains('.', StringComparison.Ordinal) && IsTime(rows[0][other]))
                    layout = layout with { Time = other };
                else if (layout.Label == None)
                    layout = layout with { Label = other };
            }

            return layout;
        }

        return null;
    }

    private static bool Fits(TableLayout form, string[] row)
    {
        if (row.Length < form.DataFirst || !IsId(row[form.Id])) return false;
        if (form.Time != None && !IsTime(row[form.Time])) return false;
        // A time is told from an identifier by its fraction or its size.
        if (form.Time != None && !row[form.Time].Contains('.', StringComparison.Ordinal) && row[form.Time].Length < 9) return false;
        var count = Math.Min(8, form.DataLast - form.DataFirst + 1);
        if (form.Length != None)
        {
            if (!int.TryParse(row[form.Length], NumberStyles.None, CultureInfo.InvariantCulture, out count) || count > 64) return false;
            if (form.Length == 3 && row[2].Length != 3) return false;
        }

        var behind = row.Length - form.DataFirst - count;
        // Some writers fill up to eight columns.
        if (form.Length != None && behind > 1 && row.Length - form.DataFirst is 8 or 9) behind = row.Length - form.DataFirst - 8;
        if (behind < 0 || behind > (form.Label == BehindData ? 1 : 0)) return false;
        return row.Skip(form.DataFirst).Take(count).All(IsByte);
    }

    private static bool IsTime(string text) =>
        text.Length > 0 && AsciiText.TryTime(Encoding.Latin1.GetBytes(text), 1, out _);

    private static bool IsId(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        return AsciiText.TryNumber(bytes, 16, out var id) && id <= SocketCan.MaximumExtendedId
            || AsciiText.TryNumber(bytes, 10, out id) && id <= SocketCan.MaximumExtendedId;
    }

    private static bool IsIdAndData(string text)
    {
        var mark = text.IndexOf('#', StringComparison.Ordinal);
        return mark is > 0 and <= 8
            && text[..mark].All(char.IsAsciiHexDigit)
            && text[(mark + 1)..].All(char.IsAsciiHexDigit)
            && (text.Length - mark) % 2 == 1;
    }

    private static bool IsByte(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        return AsciiText.TryByte(bytes, 16, out _) || AsciiText.TryByte(bytes, 10, out _);
    }

    /// <summary>Bases and unit, as the user says or as the rows show.</summary>
    private static TableLayout Complete(TableLayout layout, CanColumns? columns, string[]? header, List<string[]> rows)
    {
        var ids = rows.Where(row => layout.Id < row.Length).Select(row => row[layout.Id]);
        var bytes = layout.DataFirst == None
            ? []
            : rows.SelectMany(row => row.Skip(layout.DataFirst).Take(DataFields(layout, row)));
        var idName = header is null || layout.Id >= header.Length ? "" : Normalise(header[layout.Id]);
        var idBase = idName.EndsWith("hex", StringComparison.Ordinal) || layout.IdHoldsData || LooksHexadecimal(ids) ? 16 : 10;
        // All bytes in one column are written in hexadecimal digits.
        var dataBase = layout.DataInOneColumn || LooksHexadecimal(bytes) ? 16 : 10;
        var timeName = header is null || layout.Time == None || layout.Time >= header.Length ? "" : header[layout.Time];
        return layout with
        {
            IdBase = columns?.IdBase ?? idBase,
            DataBase = columns?.DataBase ?? dataBase,
            TimeUnit = columns?.TimeUnitNanoseconds ?? TimeUnitOf(layout, timeName, rows),
        };
    }

    private static int DataFields(TableLayout layout, string[] row)
    {
        var most = layout.DataLast - layout.DataFirst + 1;
        return layout.Length != None && layout.Length < row.Length
            && int.TryParse(row[layout.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? Math.Min(count, most)
            : Math.Min(8, most);
    }

    // A letter, 0x, or a zero in front of further digits.
    private static bool LooksHexadecimal(IEnumerable<string> texts) => texts.Any(text =>
        text.Length > 1 && (text[0] == '0' && text[1] is not '.')
        || text.Any(character => character is (>= 'a' and <= 'f') or (>= 'A' and <= 'F')));

    private static long TimeUnitOf(TableLayout layout, string name, List<string[]> rows)
    {
        if (layout.Time == None) return CaptureTime.NanosecondsPerSecond;
        var normal = name.ToLowerInvariant();
        // GVRET, the native form of SavvyCAN, counts microseconds.
        if (name == "Time Stamp") return 1_000;
        foreach (var (end, unit) in new[] { ("ns", 1L), ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000) })
            if (normal.EndsWith("(" + end + ")", StringComparison.Ordinal) || normal.EndsWith("[" + end + "]", StringComparison.Ordinal)
                || normal.EndsWith("_" + end, StringComparison.Ordinal) || normal.EndsWith(" " + end, StringComparison.Ordinal))
                return unit;
        var times = rows.Where(row => layout.Time < row.Length).Select(row => row[layout.Time]).Where(IsTime).ToList();
        if (times.Count == 0 || times.Any(time => time.IndexOfAny(['.', ',']) >= 0)) return CaptureTime.NanosecondsPerSecond;
        var first = long.Parse(times[0], CultureInfo.InvariantCulture);
        var last = long.Parse(times[^1], CultureInfo.InvariantCulture);
        // Since 1970: seconds have ten digits, and so on.
        if (first >= 1_000_000_000_000_000_000) return 1;
        if (first >= 1_000_000_000_000_000) return 1_000;
        if (first >= 1_000_000_000_000) return 1_000_000;
        if (first >= 1_000_000_000) return CaptureTime.NanosecondsPerSecond;
        if (last <= first) return 1_000;
        // A bus carries some hundred to some thousand frames a second; the unit that comes nearest to a thousand.
        return new[] { CaptureTime.NanosecondsPerSecond, 1_000_000L, 1_000L, 1L }
            .MinBy(unit => Math.Abs(Math.Log10(times.Count / ((last - first) * (unit / 1e9)) / 1000)));
    }
}
