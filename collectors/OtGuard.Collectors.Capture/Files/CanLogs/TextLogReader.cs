using System.Globalization;
using System.Text;

namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>What became of a line.</summary>
internal enum LineKind
{
    /// <summary>It holds a frame, which the reader's fields describe.</summary>
    Frame,

    /// <summary>Header, comment or blank: nothing is missed.</summary>
    Nothing,

    /// <summary>It tells of something else than a frame: bus statistics, a controller's state, another bus.</summary>
    Event,

    /// <summary>A CAN XL frame: counted, not handed out.</summary>
    CanXl,

    /// <summary>It could not be read.</summary>
    Unreadable,
}

/// <summary>Reads a log line by line over the bytes of the window. No line becomes a string unless it is reported.</summary>
internal abstract class TextLogReader : CanLogReader
{
    /// <summary>
    /// Where a log has no times, frames are this far apart: 1000 frames a second, about a quarter of what a bus of
    /// 500 kbit/s carries, so that rates that are made up stay within what a bus can do.
    /// </summary>
    protected const long NanosecondsBetweenFramesWithoutTimes = 1_000_000;

    // Far beyond any line of these formats (a CAN FD frame is written in about 400 bytes).
    private const int MaximumLineBytes = 1 << 16;

    private readonly byte _lineEnd;
    private readonly LineNumbers _unreadable = new();
    private readonly LineNumbers _events = new();
    private readonly LineNumbers _canXl = new();
    private long _framesBefore;
    private bool _saidNoTimes;

    protected TextLogReader(ReaderContext context, byte lineEnd = (byte)'\n') : base(context)
    {
        _lineEnd = lineEnd;
        _framesBefore = context.LastFrame;
    }

    /// <summary>1-based number of the line at hand.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Lines that could not be read.</summary>
    public long UnreadableLines => _unreadable.Count;

    /// <summary>The format's name for notices.</summary>
    protected abstract string FormatName { get; }

    /// <summary>Whether a line tells the number of its bytes, so that a cut one cannot be taken for a whole one.</summary>
    protected virtual bool LinesTellTheirLength => true;

    /// <inheritdoc/>
    public override bool TryRead(out CapturedFrame frame)
    {
        while (TryReadLine(out var line, out var cut))
        {
            var kind = Parse(line);
            if (kind == LineKind.Frame)
            {
                if (cut && !LinesTellTheirLength)
                    Note(Window.Position - line.Length, LastFrame,
                        $"The last line, {LineNumber}, has no line end and may have been cut; its frame was taken as it is.");
                if (TryEmit(out frame)) return true;
            }
            else
            {
                CountOther(kind, line);
            }
        }

        frame = default;
        return false;
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        if (_unreadable.Count > 0)
            Note(_unreadable.Offset, _unreadable.Frame,
                $"{_unreadable.Describe()} could not be read as {FormatName}; line {_unreadable.First} is '{_unreadable.FirstText}'.");
        if (_canXl.Count > 0)
            Note(_canXl.Offset, _canXl.Frame, $"{_canXl.Describe()} with a CAN XL frame: counted and left out.");
        if (_events.Count > 0)
            Note(_events.Offset, _events.Frame,
                $"{_events.Describe()} with something else than a frame, passed over; line {_events.First} is '{_events.FirstText}'.");
        base.Finish();
    }

    /// <summary>Reads a line without its end and the blanks before that, into the fields of the frame.</summary>
    protected abstract LineKind Parse(ReadOnlySpan<byte> line);

    /// <summary>The time of the frame at hand in a log without times.</summary>
    protected long OrderTime()
    {
        if (!_saidNoTimes)
        {
            _saidNoTimes = true;
            Note(-1, LastFrame, $"The log has no times: its order is its clock, each frame put 1 ms after the one before.");
        }

        return (LastFrame - _framesBefore) * NanosecondsBetweenFramesWithoutTimes;
    }

    private bool TryReadLine(out ReadOnlySpan<byte> line, out bool cut)
    {
        var window = Window;
        var skipped = 0L;
        cut = false;
        while (true)
        {
            var rest = window.Span;
            var end = rest.IndexOf(_lineEnd);
            if (end < 0)
            {
                if (rest.Length >= MaximumLineBytes)
                {
                    skipped += rest.Length;
                    window.Start += rest.Length;
                    continue;
                }

                if (window.Ensure(rest.Length + 1)) continue;
                rest = window.Span;
                if (rest.IsEmpty && skipped == 0)
                {
                    line = default;
                    return false;
                }

                cut = true;
                end = rest.Length;
            }

            window.Start += end + (cut ? 0 : 1);
            LineNumber++;
            if (skipped > 0)
            {
                SkippedBytes += skipped;
                CountOther(LineKind.Unreadable, rest[..end]);
                skipped = 0;
                if (!cut) continue;
                line = default;
                return false;
            }

            while (end > 0 && rest[end - 1] <= (byte)' ') end--;
            line = rest[..end];
            if (LineNumber == 1 && line.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf])) line = line[3..];
            return true;
        }
    }

    private void CountOther(LineKind kind, ReadOnlySpan<byte> line)
    {
        switch (kind)
        {
            case LineKind.Unreadable:
                SkippedBytes += line.Length + 1;
                _unreadable.Add(LineNumber, line, Window.Position - line.Length - 1, LastFrame);
                break;
            case LineKind.CanXl:
                SkippedFrames++;
                _canXl.Add(LineNumber, line, Window.Position - line.Length - 1, LastFrame);
                break;
            case LineKind.Event:
                _events.Add(LineNumber, line, Window.Position - line.Length - 1, LastFrame);
                break;
            case LineKind.Frame or LineKind.Nothing:
                break;
        }
    }
}

/// <summary>Numbers of lines as ranges, the first ones kept and all counted.</summary>
internal sealed class LineNumbers
{
    // As many as a sentence can hold.
    private const int MaximumRanges = 12;
    private const int ExcerptBytes = 60;

    private readonly List<(long First, long Last)> _ranges = [];
    private long _kept;

    /// <summary>How many.</summary>
    public long Count { get; private set; }

    /// <summary>The first line's number.</summary>
    public long First => _ranges[0].First;

    /// <summary>Its beginning, with what cannot be shown as dots.</summary>
    public string FirstText { get; private set; } = "";

    /// <summary>Its offset in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>The last frame before it.</summary>
    public long Frame { get; private set; }

    /// <summary>Counts a line.</summary>
    public void Add(long number, ReadOnlySpan<byte> line, long offset, long frame)
    {
        if (Count++ == 0)
        {
            FirstText = Excerpt(line);
            Offset = Math.Max(0, offset);
            Frame = frame;
        }

        if (_ranges.Count > 0 && _ranges[^1].Last == number - 1)
            _ranges[^1] = (_ranges[^1].First, number);
        else if (_ranges.Count < MaximumRanges)
            _ranges.Add((number, number));
        else
            return;
        _kept++;
    }

    /// <summary>In words: <c>5 lines (3, 7-10)</c>.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Count} {(Count == 1 ? "line" : "lines")} (");
        text.AppendJoin(", ", _ranges.Select(range => range.First == range.Last
            ? range.First.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{range.First}-{range.Last}")));
        if (Count > _kept) text.Append(CultureInfo.InvariantCulture, $" and {Count - _kept} more");
        return text.Append(')').ToString();
    }

    private static string Excerpt(ReadOnlySpan<byte> line)
    {
        var text = new StringBuilder(ExcerptBytes);
        foreach (var value in line[..Math.Min(line.Length, ExcerptBytes)])
            text.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
        return text.ToString();
    }
}
