namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>The trace of PEAK's tools (TRC), versions 1.0 to 1.3, 2.0 and 2.1.</summary>
/// <remarks>PEAK-System, "PEAK CAN TRC File Format".</remarks>
internal sealed class TrcFormat : TextLogFormat
{
    /// <inheritdoc/>
    public override string Name => "TRC";

    /// <inheritdoc/>
    public override bool Recognise(ReadOnlySpan<byte> head)
    {
        var text = head.TrimStart(" \t\r\n\ufeff"u8);
        if (text.IsEmpty || text[0] != (byte)';') return false;
        return text.StartsWith(";$FILEVERSION="u8) || ReadsOnTrial(head);
    }

    /// <inheritdoc/>
    protected override TextLogReader OpenText(ReaderContext context) => new TrcReader(context);
}

/// <summary>Reads the lines of a PEAK trace by its columns.</summary>
/// <remarks>
/// Columns by their letters: N number, O offset in milliseconds, T type, B bus, I identifier, d direction, R reserved,
/// l length in bytes, L data length code, D data. Versions before 2.0 have fixed columns; without a version it is 1.0.
/// </remarks>
internal sealed class TrcReader(ReaderContext context) : TextLogReader(context)
{
    private const long Millisecond = 1_000_000;
    private const long DayNanoseconds = 86_400 * CaptureTime.NanosecondsPerSecond;

    // Days from 1899-12-30, from which the start time counts, to 1970-01-01.
    private const long DaysBeforeUnix = 25_569;

    private byte[] _columns = "NOILD"u8.ToArray();
    private long _start;
    private bool _hasStartTime;
    private bool _hasStart;

    protected override string FormatName => "TRC";

    /// <inheritdoc/>
    public override void Finish()
    {
        if (!_hasStart) Note(-1, LastFrame, $"The log has no date that could be read; its times count from 1970-01-01.");
        base.Finish();
    }

    /// <inheritdoc/>
    protected override LineKind Parse(ReadOnlySpan<byte> line)
    {
        var words = new Words(line);
        if (!words.TryNext(out var word)) return LineKind.Nothing;
        if (word[0] == (byte)';')
        {
            ParseComment(line.Trim((byte)' '));
            return LineKind.Nothing;
        }

        words = new Words(line);
        BeginFrame();
        var extended = false;
        var type = "DT"u8;
        var channel = "1"u8;
        var id = default(ReadOnlySpan<byte>);
        foreach (var column in _columns)
        {
            if (column == (byte)'D') break;
            if (!words.TryNext(out word)) return LineKind.Unreadable;
            switch (column)
            {
                case (byte)'N':
                    if (word[^1] == (byte)')') word = word[..^1];
                    if (!AsciiText.TryDecimal(word, out _)) return LineKind.Unreadable;
                    break;
                case (byte)'O':
                    if (!AsciiText.TryTime(word, Millisecond, out var offset)) return LineKind.Unreadable;
                    Time = offset > long.MaxValue - Math.Max(0, _start) ? long.MaxValue : _start + offset;
                    break;
                case (byte)'T':
                    type = word;
                    break;
                case (byte)'B':
                    channel = word;
                    break;
                case (byte)'I':
                    id = word;
                    extended = word.Length > 4;
                    break;
                case (byte)'l' or (byte)'L':
                    if (!AsciiText.TryDecimal(word, out var length) || length > SocketCan.MaximumPayloadBytes)
                        return LineKind.Unreadable;
                    Length = column == (byte)'l' ? (int)length : -1 - (int)length;
                    break;
                default:
                    // Direction and reserved columns.
                    break;
            }
        }

        var kind = ParseType(type, id, extended, ref words);
        if (kind == LineKind.Frame) SelectChannel(channel);
        return kind;
    }

    private LineKind ParseType(
        ReadOnlySpan<byte> type, ReadOnlySpan<byte> id, bool extended, scoped ref Words words)
    {
        var remote = false;
        if (AsciiText.Same(type, "FD"u8)) FdFlags = SocketCan.Fd;
        else if (AsciiText.Same(type, "FB"u8)) FdFlags = SocketCan.Fd | SocketCan.BitRateSwitch;
        else if (AsciiText.Same(type, "FE"u8)) FdFlags = SocketCan.Fd | SocketCan.ErrorStateIndicator;
        else if (AsciiText.Same(type, "BI"u8))
            FdFlags = SocketCan.Fd | SocketCan.BitRateSwitch | SocketCan.ErrorStateIndicator;
        else if (AsciiText.Same(type, "RR"u8)) remote = true;
        else if (AsciiText.Same(type, "ER"u8) || AsciiText.Same(type, "Error"u8))
        {
            SetError(SocketCan.BusErrorClass);
            return LineKind.Frame;
        }
        else if (!AsciiText.Same(type, "DT"u8) && !AsciiText.Same(type, "Rx"u8) && !AsciiText.Same(type, "Tx"u8))
        {
            return LineKind.Event;
        }

        // Below zero stands a data length code.
        if (Length < 0) Length = SocketCan.LengthOf(Math.Min(15, -1 - Length), FdFlags != 0);
        if (FdFlags == 0 && Length > SocketCan.MaximumClassicPayloadBytes) return LineKind.Unreadable;
        // Version 1.0 writes the state of the bus as a frame of this identifier.
        if (id.SequenceEqual("FFFFFFFF"u8)) return LineKind.Event;
        if (!AsciiText.TryHex(id, out var number) || !SetId(number, extended)) return LineKind.Unreadable;
        var rest = words;
        if (remote || rest.TryNext(out var word) && AsciiText.Same(word, "RTR"u8))
        {
            Id |= SocketCan.Remote;
            return LineKind.Frame;
        }

        return words.TryBytes(Payload, Length, 16) ? LineKind.Frame : LineKind.Unreadable;
    }

    private void ParseComment(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith(";$FILEVERSION="u8))
        {
            var version = line[";$FILEVERSION="u8.Length..];
            if (version.StartsWith("1.1"u8)) _columns = "NOTILD"u8.ToArray();
            else if (version.StartsWith("1.2"u8)) _columns = "NOBTILD"u8.ToArray();
            else if (version.StartsWith("1.3"u8)) _columns = "NOBTIRLD"u8.ToArray();
            else if (version.StartsWith("2.0"u8)) _columns = "NOTIdlD"u8.ToArray();
            else if (version.StartsWith("2"u8)) _columns = "NOTBIdRLD"u8.ToArray();
        }
        else if (line.StartsWith(";$COLUMNS="u8))
        {
            SetColumns(line[";$COLUMNS="u8.Length..]);
        }
        else if (line.StartsWith(";$STARTTIME="u8))
        {
            if (AsciiText.TryTime(line[";$STARTTIME="u8.Length..], DayNanoseconds, out var sinceOrigin)
                && sinceOrigin >= 0)
                SetStart(sinceOrigin - DaysBeforeUnix * DayNanoseconds, exact: true);
        }
        else if (line.IndexOf("Start time: "u8) is > 0 and var at
            && LogDate.TryReadWords(line[(at + "Start time: "u8.Length)..], out var time))
        {
            SetStart(time, exact: false);
        }
    }

    private void SetColumns(ReadOnlySpan<byte> text)
    {
        // Every letter once, and what a frame cannot do without.
        var columns = new List<byte>();
        foreach (var character in text)
        {
            if (character is (byte)',' or (byte)' ') continue;
            if (!"NOTBIdRlLD"u8.Contains(character) || columns.Contains(character)) return;
            columns.Add(character);
        }

        if (columns.Contains((byte)'O') && columns.Contains((byte)'I') && columns.Count > 0 && columns[^1] == (byte)'D'
            && (columns.Contains((byte)'l') || columns.Contains((byte)'L')))
            _columns = [.. columns];
    }

    // The day's fraction has eleven digits, about a microsecond; the date in words is the one for people.
    private void SetStart(long time, bool exact)
    {
        if (_hasStartTime && !exact) return;
        _hasStart = true;
        _hasStartTime |= exact;
        _start = time;
    }
}
