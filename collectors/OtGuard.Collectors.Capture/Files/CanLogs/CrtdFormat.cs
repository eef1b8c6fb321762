namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>The CRTD log of the Open Vehicle Monitoring System.</summary>
/// <remarks>docs.openvehicles.com, "CRTD CAN Log Format", version 4.</remarks>
internal sealed class CrtdFormat : TextLogFormat
{
    /// <inheritdoc/>
    public override string Name => "CRTD";

    /// <inheritdoc/>
    public override bool Recognise(ReadOnlySpan<byte> head) => ReadsOnTrial(head);

    /// <inheritdoc/>
    protected override TextLogReader OpenText(ReaderContext context) => new CrtdReader(context);
}

/// <summary>Reads <c>1320745424.002 2R11 402 FA 01 C3</c>: the bus in front of the type, 1 where there is none.</summary>
internal sealed class CrtdReader(ReaderContext context) : TextLogReader(context)
{
    protected override string FormatName => "CRTD";

    protected override bool LinesTellTheirLength => false;

    /// <inheritdoc/>
    protected override LineKind Parse(ReadOnlySpan<byte> line)
    {
        var words = new Words(line);
        if (!words.TryNext(out var word)) return LineKind.Nothing;
        if (!AsciiText.TryTime(word, CaptureTime.NanosecondsPerSecond, out var time) || !words.TryNext(out word))
            return LineKind.Unreadable;
        BeginFrame();
        Time = time;
        var digits = 0;
        while (digits < word.Length && AsciiText.IsDigit(word[digits])) digits++;
        var channel = digits == 0 ? "1"u8 : word[..digits];
        var type = word[digits..];
        var extended = type is [_, (byte)'2', (byte)'9'];
        if (type is not ([(byte)'R' or (byte)'T', (byte)'1', (byte)'1'] or [(byte)'R' or (byte)'T', (byte)'2', (byte)'9']))
            return type.Length == 3 && type[0] == (byte)'C' ? LineKind.Nothing : LineKind.Unreadable;
        if (!words.TryNext(out word) || !AsciiText.TryHex(word, out var id) || !SetId(id, extended)) return LineKind.Unreadable;
        while (words.TryNext(out word))
        {
            if (Length == SocketCan.MaximumPayloadBytes || !AsciiText.TryByte(word, 16, out Payload[Length]))
                return LineKind.Unreadable;
            Length++;
        }

        if (Length > SocketCan.MaximumClassicPayloadBytes) FdFlags = SocketCan.Fd;
        SelectChannel(channel);
        return LineKind.Frame;
    }
}
