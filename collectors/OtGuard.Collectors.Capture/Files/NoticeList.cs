using System.Globalization;

namespace OtGuard.Collectors.Capture.Files;

/// <summary>Notices over all files: the first ones are kept, the last entry counts the rest.</summary>
internal sealed class NoticeList(int capacity)
{
    private readonly List<SourceNotice> _kept = [];
    private SourceNotice[]? _shown;
    private long _more;

    /// <summary>What is kept, and how many more there were.</summary>
    public IReadOnlyList<SourceNotice> Items => _shown ??= Show();

    /// <summary>Adds a notice, or counts it where there is no room.</summary>
    public void Add(string file, long offset, long frame, FormattableString text)
    {
        _shown = null;
        if (_kept.Count < capacity - 1)
            _kept.Add(new SourceNotice(file, offset, frame, text.ToString(CultureInfo.InvariantCulture)));
        else
            _more++;
    }

    private SourceNotice[] Show()
    {
        if (_more == 0) return [.. _kept];
        var last = _kept.Count == 0 ? new SourceNotice("", -1, 0, "") : _kept[^1];
        var text = string.Create(CultureInfo.InvariantCulture, $"{_more} more notices were left out.");
        return [.. _kept, new SourceNotice(last.File, -1, last.FrameNumber, text)];
    }
}

/// <summary>Counts an oddity that may come with every frame, and remembers where it came first.</summary>
internal struct Tally
{
    /// <summary>How often.</summary>
    public long Count { get; private set; }

    /// <summary>Byte offset of the first one.</summary>
    public long Offset { get; private set; }

    /// <summary>Number of the last frame before the first one.</summary>
    public long Frame { get; private set; }

    /// <summary>Counts one.</summary>
    public void Add(long offset, long frame)
    {
        if (Count++ > 0) return;
        Offset = offset;
        Frame = frame;
    }
}
