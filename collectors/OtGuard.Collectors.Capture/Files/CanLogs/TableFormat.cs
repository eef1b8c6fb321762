namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>
/// A plain table: a frame a line, columns told by the user, by a header or by what stands in the rows. GVRET and other
/// tools' CSV are tables with a header.
/// </summary>
internal sealed class TableFormat : TextLogFormat
{
    // What is looked at to tell bases and units: some hundred frames.
    private const int SampleBytes = 1 << 16;

    /// <inheritdoc/>
    public override string Name => "CAN table";

    /// <inheritdoc/>
    public override bool Recognise(ReadOnlySpan<byte> head) =>
        TableLayout.Detect(head, null) is not null && ReadsOnTrial(head);

    /// <summary>Whether a head can be read with the columns the user names.</summary>
    public static bool Recognise(ReadOnlySpan<byte> head, CanColumns columns) =>
        !head.Contains((byte)0) && TableLayout.Detect(head, columns) is not null;

    /// <inheritdoc/>
    protected override TextLogReader OpenText(ReaderContext context)
    {
        context.Window.Ensure(SampleBytes);
        var span = context.Window.Span;
        var sample = span[..Math.Min(span.Length, SampleBytes)];
        var columns = context.Options.Columns;
        // What the head shows was enough to recognise it.
        var layout = TableLayout.Detect(sample, columns)
            ?? TableLayout.Detect(sample[..Math.Min(sample.Length, CaptureFormats.HeadBytes)], columns)
            ?? new TableLayout { Id = 0, IdHoldsData = true };
        return new TableReader(context, layout);
    }
}

/// <summary>The log of Microchip's CAN BUS Analyzer: fields between semicolons under a header between lines of slashes.</summary>
internal sealed class MicrochipFormat : TextLogFormat
{
    /// <inheritdoc/>
    public override string Name => "Microchip";

    /// <inheritdoc/>
    public override bool Recognise(ReadOnlySpan<byte> head) =>
        head.IndexOf("Microchip Technology"u8) >= 0 && head.StartsWith("//"u8);

    // Time in milliseconds; direction; identifier; length; bytes; numbers with or without 0x.
    /// <inheritdoc/>
    protected override TextLogReader OpenText(ReaderContext context) => new TableReader(
        context,
        new TableLayout
        {
            Separator = (byte)';', Time = 0, Id = 2, Length = 3, DataFirst = 4, DataLast = 4 + 63, IdBase = 10, DataBase = 10,
            TimeUnit = 1_000_000,
        },
        commentsInPairs: true);
}

/// <summary>Reads the rows of a table.</summary>
internal sealed class TableReader : TextLogReader
{
    private const int MaximumLabelBytes = 64;

    private readonly TableLayout _layout;
    private readonly bool _commentsInPairs;
    private readonly int[] _begins = new int[CanColumns.MaximumColumns];
    private readonly int[] _ends = new int[CanColumns.MaximumColumns];
    private readonly byte[] _label = new byte[MaximumLabelBytes];
    private int _labelBytes;
    private int _count;
    private bool _inComment;
    private bool _headerSeen;

    public TableReader(ReaderContext context, TableLayout layout, bool commentsInPairs = false) : base(context)
    {
        _layout = layout;
        _commentsInPairs = commentsInPairs;
        if (!commentsInPairs) Note(-1, LastFrame, $"The columns of the table were taken as {layout.Describe()}.");
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Label => _label.AsSpan(0, _labelBytes);

    protected override string FormatName => _commentsInPairs ? "Microchip" : "a row of the table";

    protected override bool LinesTellTheirLength => _layout.Length != TableLayout.None;

    /// <inheritdoc/>
    protected override LineKind Parse(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] == (byte)'#') return LineKind.Nothing;
        if (line.StartsWith("//"u8))
        {
            _inComment = _commentsInPairs && !_inComment;
            return LineKind.Nothing;
        }

        if (_inComment) return LineKind.Nothing;
        if (_layout.HasHeader && !_headerSeen)
        {
            _headerSeen = true;
            return LineKind.Nothing;
        }

        Split(line);
        BeginFrame();
        if (!TryReadId(line) || !TryReadData(line)) return LineKind.Unreadable;
        if (_layout.Time == TableLayout.None)
            Time = OrderTime();
        else if (!AsciiText.TryTime(Field(line, _layout.Time), _layout.TimeUnit, out var time))
            return LineKind.Unreadable;
        else
            Time = time;
        SetLabel(line);
        SelectChannel(_layout.Channel == TableLayout.None ? [] : Field(line, _layout.Channel));
        return LineKind.Frame;
    }

    private static bool IsTrue(ReadOnlySpan<byte> text) =>
        text is [(byte)'1'] || AsciiText.Same(text, "true"u8) || AsciiText.Same(text, "x"u8);

    private ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int column) =>
        column >= 0 && column < _count ? line[_begins[column].._ends[column]] : default;

    private void Split(ReadOnlySpan<byte> line)
    {
        var separator = _layout.Separator;
        var at = 0;
        _count = 0;
        while (at <= line.Length && _count < CanColumns.MaximumColumns)
        {
            while (at < line.Length && IsBlank(line[at], separator)) at++;
            if (at == line.Length && separator == (byte)' ') return;
            var begin = at;
            int end;
            if (at < line.Length && line[at] == (byte)'"')
            {
                begin++;
                var quote = line[begin..].IndexOf((byte)'"');
                end = quote < 0 ? line.Length : begin + quote;
                at = Math.Min(end + 1, line.Length);
                while (at < line.Length && line[at] != separator) at++;
            }
            else
            {
                while (at < line.Length && line[at] != separator && !(separator == (byte)' ' && line[at] == (byte)'\t')) at++;
                end = at;
                while (end > begin && line[end - 1] is (byte)' ' or (byte)'\t') end--;
            }

            _begins[_count] = begin;
            _ends[_count++] = end;
            at++;
        }
    }

    private static bool IsBlank(byte value, byte separator) =>
        value == (byte)' ' || value == (byte)'\t' && separator != (byte)'\t';

    private bool TryReadId(ReadOnlySpan<byte> line)
    {
        var text = Field(line, _layout.Id);
        if (_layout.IdHoldsData)
        {
            var mark = text.IndexOf((byte)'#');
            var data = mark < 0 ? default : text[(mark + 1)..];
            if (mark >= 0) text = text[..mark];
            if (!AsciiText.TryHexBytes(data, Payload, out var count)) return false;
            Length = count;
        }

        var extended = _layout.Extended != TableLayout.None && IsTrue(Field(line, _layout.Extended));
        if (!AsciiText.TryNumber(text, _layout.IdBase, out var id) || !SetId(id, extended)) return false;
        if (_layout.Remote != TableLayout.None && IsTrue(Field(line, _layout.Remote))) Id |= SocketCan.Remote;
        return true;
    }

    private bool TryReadData(ReadOnlySpan<byte> line)
    {
        if (!_layout.IdHoldsData)
        {
            var given = _layout.DataInOneColumn ? ReadOneColumn(Field(line, _layout.DataFirst)) : ReadColumns(line);
            if (given < 0) return false;
            Length = given;
        }

        if (_layout.Length != TableLayout.None && !ApplyLength(Field(line, _layout.Length))) return false;
        if (Length > SocketCan.MaximumClassicPayloadBytes) FdFlags = SocketCan.Fd;
        return true;
    }

    // The length column may be a code or a number of bytes; what the row holds decides.
    private bool ApplyLength(ReadOnlySpan<byte> text)
    {
        if (!AsciiText.TryNumber(text, 10, out var length) || length > SocketCan.MaximumPayloadBytes) return false;
        if (length is > 8 and <= 15 && Length == SocketCan.LengthOf((int)length, fd: true)) return true;
        if ((Id & SocketCan.Remote) == 0 && length > Length) return false;
        Length = (int)length;
        return true;
    }

    // Bytes in one column: without anything between, or with blanks; with or without 0x. Below zero where it is neither.
    private int ReadOneColumn(ReadOnlySpan<byte> text)
    {
        if (text.Length >= 2 && text[0] == (byte)'0' && (text[1] | 0x20) == 'x') text = text[2..];
        var words = new Words(text);
        var count = 0;
        while (words.TryNext(out var word))
        {
            if (word.Length > 2 && word[0] == (byte)'0' && (word[1] | 0x20) == 'x') word = word[2..];
            if (word.Length == 1)
            {
                if (count == SocketCan.MaximumPayloadBytes || !AsciiText.TryByte(word, 16, out Payload[count])) return -1;
                count++;
                continue;
            }

            if (!AsciiText.TryHexBytes(word, Payload[count..], out var more)) return -1;
            count += more;
        }

        return count;
    }

    // As many bytes as the length says; without it, up to the first empty column.
    private int ReadColumns(ReadOnlySpan<byte> line)
    {
        var most = Math.Min(_layout.DataLast - _layout.DataFirst + 1, SocketCan.MaximumPayloadBytes);
        if (_layout.Length != TableLayout.None)
        {
            if (!AsciiText.TryNumber(Field(line, _layout.Length), 10, out var length)) return -1;
            var wanted = length is > 8 and <= 15 && _count - _layout.DataFirst >= SocketCan.LengthOf((int)length, fd: true)
                ? SocketCan.LengthOf((int)length, fd: true)
                : (int)Math.Min(length, SocketCan.MaximumPayloadBytes);
            most = Math.Min(most, wanted);
        }

        for (var i = 0; i < most; i++)
        {
            var field = Field(line, _layout.DataFirst + i);
            if (field.IsEmpty) return i;
            if (!AsciiText.TryByte(field, _layout.DataBase, out Payload[i])) return -1;
        }

        return most;
    }

    private void SetLabel(ReadOnlySpan<byte> line)
    {
        var column = _layout.Label;
        // Behind the data is the last column, unless data go up to it.
        if (column == TableLayout.BehindData)
            column = _count - 1 >= _layout.DataFirst + Length ? _count - 1 : TableLayout.None;
        var label = Field(line, column);
        _labelBytes = Math.Min(label.Length, MaximumLabelBytes);
        label[.._labelBytes].CopyTo(_label);
    }
}
