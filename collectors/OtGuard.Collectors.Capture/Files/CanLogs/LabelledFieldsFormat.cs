namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>
/// The text of the OTIDS data set and of the recorder it was made with:
/// <c>Timestamp: 0.000224  ID: 0329  000  DLC: 8  d7 a7 …</c>.
/// </summary>
internal sealed class LabelledFieldsFormat : TextLogFormat
{
    /// <inheritdoc/>
    public override string Name => "OTIDS text";

    /// <inheritdoc/>
    public override bool Recognise(ReadOnlySpan<byte> head) => head.IndexOf("Timestamp:"u8) >= 0 && ReadsOnTrial(head);

    /// <inheritdoc/>
    protected override TextLogReader OpenText(ReaderContext context) => new LabelledFieldsReader(context);
}

/// <summary>Reads fields behind their names; the first of the three digits behind the identifier marks a remote frame.</summary>
internal sealed class LabelledFieldsReader(ReaderContext context) : TextLogReader(context)
{
    protected override string FormatName => "OTIDS text";

    /// <inheritdoc/>
    protected override LineKind Parse(ReadOnlySpan<byte> line)
    {
        var words = new Words(line);
        if (!words.TryNext(out var word)) return LineKind.Nothing;
        BeginFrame();
        if (!word.SequenceEqual("Timestamp:"u8)
            || !words.TryNext(out word) || !AsciiText.TryTime(word, CaptureTime.NanosecondsPerSecond, out var time)
            || !words.TryNext(out word) || !word.SequenceEqual("ID:"u8)
            || !words.TryNext(out word) || !AsciiText.TryHex(word, out var id) || !SetId(id, extended: false)
            || !words.TryNext(out word))
            return LineKind.Unreadable;
        if (word.Length == 3)
        {
            if (word[0] == (byte)'1') Id |= SocketCan.Remote;
            if (!words.TryNext(out word)) return LineKind.Unreadable;
        }

        if (!word.SequenceEqual("DLC:"u8)
            || !words.TryNext(out word) || !AsciiText.TryDecimal(word, out var code) || code > 15)
            return LineKind.Unreadable;
        Length = SocketCan.LengthOf((int)code, fd: false);
        if ((Id & SocketCan.Remote) == 0 && !words.TryBytes(Payload, Length, 16)) return LineKind.Unreadable;
        Time = time;
        SelectChannel([]);
        return LineKind.Frame;
    }
}
