namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>The text log of Vector's tools (ASC).</summary>
/// <remarks>Written by CANalyzer, CANoe, python-can and many more; Vector, "CAN ASC Logging Files", is the description.</remarks>
internal sealed class AscFormat : TextLogFormat
{
    /// <inheritdoc/>
    public override string Name => "ASC";

    /// <inheritdoc/>
    public override bool Recognise(ReadOnlySpan<byte> head)
    {
        foreach (var line in Lines(head))
        {
            if (AscReader.IsBase(line, out _, out _) || AscReader.IsTriggerBlock(line)) return true;
            // Nothing but the header's lines may come before.
            if (line.Length > 0 && line[0] != (byte)'/' && !line.AsSpan().StartsWith("date "u8)) return false;
        }

        return false;
    }

    /// <inheritdoc/>
    protected override TextLogReader OpenText(ReaderContext context) => new AscReader(context);
}

/// <summary>Reads the lines of an ASC file.</summary>
/// <remarks>
/// <para>Classic: <c>time channel id[x] [name] Rx|Tx d dlc bytes</c>, <c>r</c> for remote frames, <c>ErrorFrame</c>. FD:
/// <c>time CANFD channel Rx|Tx id[x] [name] brs esi dlc length bytes duration bits flags</c>. Where a database's name
/// stands in place of the identifier, the identifier is taken from the <c>ID = n</c> behind the frame.</para>
/// <para>The times count from the date in front of the first block; a later block's date counts where the times begin
/// anew in it.</para>
/// </remarks>
internal sealed class AscReader(ReaderContext context) : TextLogReader(context)
{
    // Flags of a CANFD line: bit 12 is FDF (EDL).
    private const uint FdfFlag = 0x1000;

    private int _base = 16;
    private bool _relative;
    private bool _hasStart;
    private bool _inBlock;
    private long _start;
    private long? _blockStart;
    private long _lastOffset;
    private Tally _longClassic;

    protected override string FormatName => "ASC";

    /// <inheritdoc/>
    public override void Finish()
    {
        if (_longClassic.Count > 0)
            Note(_longClassic.Offset, _longClassic.Frame,
                $"{Frames(_longClassic.Count)} written as classic with more than 8 bytes were taken as CAN FD, first after frame {_longClassic.Frame}.");
        if (!_hasStart)
            Note(-1, LastFrame, $"The log has no date that could be read; its times count from 1970-01-01.");
        base.Finish();
    }

    /// <summary>The line <c>base hex timestamps absolute</c>.</summary>
    public static bool IsBase(ReadOnlySpan<byte> line, out int numberBase, out bool relative)
    {
        numberBase = 16;
        relative = false;
        var words = new Words(line);
        if (!words.TryNext(out var word) || !AsciiText.Same(word, "base"u8) || !words.TryNext(out word)) return false;
        if (AsciiText.Same(word, "dec"u8)) numberBase = 10;
        else if (!AsciiText.Same(word, "hex"u8)) return false;
        relative = words.TryNext(out _) && words.TryNext(out word) && AsciiText.Same(word, "relative"u8);
        return true;
    }

    /// <summary>The line <c>Begin Triggerblock</c> with or without a date.</summary>
    public static bool IsTriggerBlock(ReadOnlySpan<byte> line)
    {
        var words = new Words(line);
        return words.TryNext(out var word) && AsciiText.Same(word, "begin"u8)
            && words.TryNext(out word) && AsciiText.Same(word, "triggerblock"u8);
    }

    /// <inheritdoc/>
    protected override LineKind Parse(ReadOnlySpan<byte> line)
    {
        var words = new Words(line);
        if (!words.TryNext(out var word)) return LineKind.Nothing;
        if (!AsciiText.IsDigit(word[0])) return ParseHeader(line);
        if (!AsciiText.TryTime(word, CaptureTime.NanosecondsPerSecond, out var offset)) return LineKind.Unreadable;
        var kind = ParseEntry(ref words);
        // Relative times count from the entry before, whatever that is.
        if (kind != LineKind.Unreadable) SetTime(offset);
        return kind;
    }

    private LineKind ParseHeader(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("//"u8)) return LineKind.Nothing;
        if (IsBase(line, out var numberBase, out var relative))
        {
            _base = numberBase;
            _relative = relative;
            return LineKind.Nothing;
        }

        var words = new Words(line);
        words.TryNext(out var word);
        if (AsciiText.Same(word, "date"u8))
        {
            if (LogDate.TryReadWords(words.Rest, out var date))
            {
                _start = date;
                _hasStart = true;
            }

            return LineKind.Nothing;
        }

        if (AsciiText.Same(word, "begin"u8))
        {
            words.TryNext(out _);
            if (LogDate.TryReadWords(words.Rest, out var date)) BeginBlock(date);
            return LineKind.Nothing;
        }

        return AsciiText.Same(word, "end"u8) || AsciiText.Same(word, "internal"u8) || AsciiText.Same(word, "no"u8)
            ? LineKind.Nothing
            : LineKind.Unreadable;
    }

    private void BeginBlock(long date)
    {
        if (_inBlock)
        {
            _blockStart = date;
            return;
        }

        _inBlock = true;
        _hasStart = true;
        _start = date;
    }

    private void SetTime(long offset)
    {
        if (_relative)
        {
            _lastOffset = offset > long.MaxValue - _lastOffset ? long.MaxValue : _lastOffset + offset;
        }
        else
        {
            if (_blockStart is { } anew && offset < _lastOffset) _start = anew;
            _lastOffset = offset;
        }

        _blockStart = null;
        Time = _lastOffset > long.MaxValue - Math.Max(0, _start) ? long.MaxValue : _start + _lastOffset;
    }

    private LineKind ParseEntry(ref Words words)
    {
        if (!words.TryNext(out var word)) return LineKind.Unreadable;
        if (AsciiText.Same(word, "CANFD"u8)) return ParseFd(ref words);
        if (AsciiText.Same(word, "CANXL"u8)) return LineKind.CanXl;
        if (!AsciiText.TryDecimal(word, out _)) return LineKind.Event;
        BeginFrame();
        var channel = word;
        if (!words.TryNext(out var id)) return LineKind.Unreadable;
        if (AsciiText.Same(id, "ErrorFrame"u8)) return ErrorFrame(channel, words.Rest);
        if (!words.TryNext(out var direction)) return LineKind.Event;
        // A name may stand behind the identifier.
        if (!IsDirection(direction) && !(words.TryNext(out direction) && IsDirection(direction))) return LineKind.Event;
        if (!TrySetId(id, words.Rest) || !words.TryNext(out word) || word.Length != 1) return LineKind.Unreadable;
        var kind = (word[0] | 0x20) switch
        {
            'r' => ParseRemote(ref words),
            'd' => ParseClassic(ref words),
            _ => LineKind.Unreadable,
        };
        if (kind == LineKind.Frame) SelectChannel(channel);
        return kind;
    }

    private static bool IsDirection(ReadOnlySpan<byte> word) =>
        AsciiText.Same(word, "Rx"u8) || AsciiText.Same(word, "Tx"u8) || AsciiText.Same(word, "TxRq"u8);

    private LineKind ErrorFrame(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> rest)
    {
        SetError(rest.IndexOf("Not Acknowledge"u8) >= 0 ? SocketCan.NoAcknowledgeClass : SocketCan.BusErrorClass);
        SelectChannel(channel);
        return LineKind.Frame;
    }

    private bool TrySetId(ReadOnlySpan<byte> text, ReadOnlySpan<byte> rest)
    {
        if (TrySetNumber(text, _base)) return true;
        var at = rest.LastIndexOf(" ID = "u8);
        if (at < 0) return false;
        var words = new Words(rest[(at + " ID = ".Length)..]);
        return words.TryNext(out var word) && TrySetNumber(word, 10);
    }

    private bool TrySetNumber(ReadOnlySpan<byte> text, int numberBase)
    {
        var extended = text.Length > 1 && (text[^1] | 0x20) == 'x';
        return AsciiText.TryNumber(extended ? text[..^1] : text, numberBase, out var id) && SetId(id, extended);
    }

    private LineKind ParseRemote(ref Words words)
    {
        Id |= SocketCan.Remote;
        if (words.TryNext(out var word) && AsciiText.TryNumber(word, _base, out var code) && code <= 15)
            Length = SocketCan.LengthOf((int)code, fd: false);
        return LineKind.Frame;
    }

    private LineKind ParseClassic(ref Words words)
    {
        if (!words.TryNext(out var word) || !AsciiText.TryNumber(word, _base, out var code)) return LineKind.Unreadable;
        if (code > 15)
        {
            if (code > SocketCan.MaximumPayloadBytes) return LineKind.Unreadable;
            FdFlags = SocketCan.Fd;
            Length = (int)code;
        }
        else
        {
            Length = SocketCan.LengthOf((int)code, fd: false);
        }

        if (!words.TryBytes(Payload, Length, _base)) return LineKind.Unreadable;
        if (FdFlags != 0) _longClassic.Add(Window.Position, LastFrame);
        return LineKind.Frame;
    }

    private LineKind ParseFd(ref Words words)
    {
        BeginFrame();
        if (!words.TryNext(out var channel) || !AsciiText.TryDecimal(channel, out _)
            || !words.TryNext(out var word) || !IsDirection(word) || !words.TryNext(out word))
            return LineKind.Unreadable;
        if (AsciiText.Same(word, "ErrorFrame"u8)) return ErrorFrame(channel, words.Rest);
        if (!TrySetId(word, words.Rest) || !words.TryNext(out word)) return LineKind.Unreadable;
        // A symbolic name may stand between; the bit rate switch is 0 or 1.
        if (word is not [(byte)'0' or (byte)'1'] && !words.TryNext(out word)) return LineKind.Unreadable;
        var bitRateSwitch = word;
        if (!words.TryNext(out var errorState) || !words.TryNext(out var codeText) || !words.TryNext(out var lengthText)
            || bitRateSwitch is not [(byte)'0' or (byte)'1'] || errorState is not [(byte)'0' or (byte)'1']
            || !AsciiText.TryHex(codeText, out var code) || code > 15
            || !AsciiText.TryDecimal(lengthText, out var length) || length > SocketCan.MaximumPayloadBytes
            || !words.TryBytes(Payload, (int)length, _base))
            return LineKind.Unreadable;
        var classic = IsClassic(words, (int)length);
        if (!classic)
            FdFlags = (byte)(SocketCan.Fd
                | (bitRateSwitch[0] == (byte)'1' ? SocketCan.BitRateSwitch : 0)
                | (errorState[0] == (byte)'1' ? SocketCan.ErrorStateIndicator : 0));
        Length = (int)length;
        // No data in spite of the code: CAN FD has no remote frames, so a classic one was asked for.
        if (length == 0 && code > 0)
        {
            FdFlags = 0;
            Id |= SocketCan.Remote;
            Length = SocketCan.LengthOf((int)code, fd: false);
        }

        SelectChannel(channel);
        return LineKind.Frame;
    }

    // The flags are the third number behind the data; without them a CANFD line is CAN FD.
    private static bool IsClassic(Words words, int length) =>
        length <= SocketCan.MaximumClassicPayloadBytes
        && words.TryNext(out _) && words.TryNext(out _) && words.TryNext(out var flags)
        && AsciiText.TryHex(flags, out var value) && value != 0 && (value & FdfFlag) == 0;
}
