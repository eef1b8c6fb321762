namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>The log of BUSMASTER.</summary>
/// <remarks>rbei-etas/busmaster, user manual, "Log file format".</remarks>
internal sealed class BusMasterFormat : TextLogFormat
{
    /// <inheritdoc/>
    public override string Name => "BUSMASTER";

    /// <inheritdoc/>
    public override bool Recognise(ReadOnlySpan<byte> head) => head.StartsWith("***BUSMASTER"u8);

    /// <inheritdoc/>
    protected override TextLogReader OpenText(ReaderContext context) => new BusMasterReader(context);
}

/// <summary>Reads <c>22:20:14:9920 Rx 1 0x21A s 8 FE 36 …</c> under headers between stars.</summary>
internal sealed class BusMasterReader(ReaderContext context) : TextLogReader(context)
{
    private const long Day = 86_400 * CaptureTime.NanosecondsPerSecond;

    private int _base = 16;
    private Mode _mode;
    private long _start;
    private long _midnight;
    private long _lastClock = -1;
    private long _sum;
    private long _days;

    private enum Mode
    {
        System,
        Absolute,
        Relative,
    }

    protected override string FormatName => "BUSMASTER";

    /// <inheritdoc/>
    protected override LineKind Parse(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty) return LineKind.Nothing;
        if (line.StartsWith("***"u8))
        {
            ParseHeader(line.Trim((byte)'*'));
            return LineKind.Nothing;
        }

        BeginFrame();
        var words = new Words(line);
        if (!words.TryNext(out var word) || !TryReadClock(word, out var clock) || !words.TryNext(out var direction))
            return LineKind.Unreadable;
        if (!AsciiText.Same(direction, "Rx"u8) && !AsciiText.Same(direction, "Tx"u8)) return LineKind.Event;
        if (!words.TryNext(out var channel) || !words.TryNext(out var id) || !words.TryNext(out var type)
            || !AsciiText.TryNumber(id, _base, out var number)
            || (type[0] | 0x20) is not ('s' or 'x') || !SetId(number, (type[0] | 0x20) == 'x')
            || !words.TryNext(out word) || !AsciiText.TryDecimal(word, out var code) || code > SocketCan.MaximumPayloadBytes)
            return LineKind.Unreadable;
        if (code > 15) FdFlags = SocketCan.Fd;
        Length = code > 15 ? (int)code : SocketCan.LengthOf((int)code, fd: false);
        if (type.Length > 1 && (type[1] | 0x20) == 'r') Id |= SocketCan.Remote;
        else if (!words.TryBytes(Payload, Length, _base)) return LineKind.Unreadable;
        SetTime(clock);
        SelectChannel(channel);
        return LineKind.Frame;
    }

    private void ParseHeader(ReadOnlySpan<byte> text)
    {
        if (AsciiText.Same(text, "DEC"u8)) _base = 10;
        else if (AsciiText.Same(text, "HEX"u8)) _base = 16;
        else if (AsciiText.Same(text, "SYSTEM MODE"u8)) _mode = Mode.System;
        else if (AsciiText.Same(text, "ABSOLUTE MODE"u8)) _mode = Mode.Absolute;
        else if (AsciiText.Same(text, "RELATIVE MODE"u8)) _mode = Mode.Relative;
        else if (text.StartsWith("START DATE AND TIME "u8)) ParseStart(text["START DATE AND TIME "u8.Length..]);
    }

    // 23:9:2015 22:17:28:928
    private void ParseStart(ReadOnlySpan<byte> text)
    {
        var words = new Words(text);
        if (!words.TryNext(out var date) || !words.TryNext(out var time) || !TryReadClock(time, out var clock)) return;
        Span<int> parts = stackalloc int[3];
        var count = 0;
        foreach (var range in date.Split((byte)':'))
        {
            if (count == 3 || !AsciiText.TryDecimal(date[range], out var number) || number > 9999) return;
            parts[count++] = (int)number;
        }

        if (count < 3 || !LogDate.TryMake(parts[2], parts[1], parts[0], 0, 0, 0, 0, out _midnight)) return;
        _start = _midnight + clock;
    }

    // Some writers leave the leading zeros of the milliseconds out; the tool itself writes four digits.
    private static bool TryReadClock(ReadOnlySpan<byte> text, out long clock)
    {
        var last = text.LastIndexOf((byte)':');
        if (last > 0 && text.Length - last - 1 is 1 or 2 && text.Count((byte)':') == 3)
        {
            if (!LogDate.TryReadClock(text[..last], out clock) || !AsciiText.TryDecimal(text[(last + 1)..], out var thousandths))
                return false;
            clock += thousandths * 1_000_000;
            return true;
        }

        return LogDate.TryReadClock(text, out clock);
    }

    private void SetTime(long clock)
    {
        switch (_mode)
        {
            case Mode.System:
                // A clock of the day that falls by half a day has passed midnight.
                if (_lastClock >= 0 && clock < _lastClock - Day / 2) _days++;
                _lastClock = clock;
                Time = _midnight + _days * Day + clock;
                break;
            case Mode.Absolute:
                Time = _start + clock;
                break;
            case Mode.Relative:
                _sum += clock;
                Time = _start + _sum;
                break;
        }
    }
}
