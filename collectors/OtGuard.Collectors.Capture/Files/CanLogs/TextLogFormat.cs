namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>A log of lines. Where the format has no mark of its own, the head is read on trial.</summary>
internal abstract class TextLogFormat : ICaptureFormat
{
    // A frame of these forms is no accident; but a page of prose with one is no log.
    private const int MostUnreadablePerFrame = 4;

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract bool Recognise(ReadOnlySpan<byte> head);

    /// <inheritdoc/>
    public FrameReader Open(ReaderContext context) => OpenText(context);

    /// <summary>A reader for lines.</summary>
    protected abstract TextLogReader OpenText(ReaderContext context);

    /// <summary>
    /// Whether a head, read as this format, has frames, and not above four times as many lines that cannot be read.
    /// </summary>
    protected bool ReadsOnTrial(ReadOnlySpan<byte> head)
    {
        using var window = new ByteWindow(new TrialSource(head.ToArray()), new byte[head.Length + 1]);
        var reader = OpenText(new ReaderContext("", window, new NoticeList(1), CaptureFileOptions.Default, 0, new SourceNumbers()));
        while (reader.TryRead(out _))
        {
        }

        return reader.LastFrame > 0 && reader.LastFrame * MostUnreadablePerFrame >= reader.UnreadableLines;
    }

    /// <summary>The lines of a head, up to the last line end in it (all of it where there is none).</summary>
    protected static IEnumerable<byte[]> Lines(ReadOnlySpan<byte> head)
    {
        var lines = new List<byte[]>();
        foreach (var range in head.Split((byte)'\n')) lines.Add(head[range].TrimEnd(" \t\r"u8).ToArray());
        if (lines.Count > 1) lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    private sealed class TrialSource(byte[] head) : ByteSource
    {
        private int _read;

        public override long RawBytes => _read;

        public override int Read(Span<byte> into)
        {
            var count = Math.Min(into.Length, head.Length - _read);
            head.AsSpan(_read, count).CopyTo(into);
            _read += count;
            return count;
        }

        public override void Dispose()
        {
        }
    }
}
