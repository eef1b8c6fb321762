namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>The trace of CARBUS Analyzer (CAN Hacker): lines end with a carriage return alone.</summary>
/// <remarks>canhacker.ru, "CAN trace format".</remarks>
internal sealed class CarBusFormat : TextLogFormat
{
    /// <inheritdoc/>
    public override string Name => "CARBUS";

    /// <inheritdoc/>
    public override bool Recognise(ReadOnlySpan<byte> head) => head.StartsWith("@ TEXT @"u8);

    /// <inheritdoc/>
    protected override TextLogReader OpenText(ReaderContext context) => new CarBusReader(context);
}

/// <summary>
/// Reads <c>26,641405 → 1 → 00000004 → 112 → 8 → 00 20 …</c>, with tabs between: seconds, channel, flags, identifier,
/// length, bytes.
/// </summary>
internal sealed class CarBusReader(ReaderContext context) : TextLogReader(context, (byte)'\r')
{
    protected override string FormatName => "CARBUS";

    /// <inheritdoc/>
    protected override LineKind Parse(ReadOnlySpan<byte> line)
    {
        var words = new Words(line);
        if (!words.TryNext(out var word) || word[0] is (byte)'@' or (byte)'#') return LineKind.Nothing;
        BeginFrame();
        if (!AsciiText.TryTime(word, CaptureTime.NanosecondsPerSecond, out var time)
            || !words.TryNext(out var channel) || !AsciiText.TryDecimal(channel, out _)
            || !words.TryNext(out word) || !AsciiText.TryHex(word, out _)
            || !words.TryNext(out word) || !AsciiText.TryHex(word, out var id) || !SetId(id, word.Length > 4)
            || !words.TryNext(out word) || !AsciiText.TryDecimal(word, out var length)
            || length > SocketCan.MaximumPayloadBytes || !words.TryBytes(Payload, (int)length, 16))
            return LineKind.Unreadable;
        Length = (int)length;
        if (length > SocketCan.MaximumClassicPayloadBytes) FdFlags = SocketCan.Fd;
        Time = time;
        SelectChannel(channel);
        return LineKind.Frame;
    }
}
