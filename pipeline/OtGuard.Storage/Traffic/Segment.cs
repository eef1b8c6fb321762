using System.Globalization;
using OtGuard.Collectors;

namespace OtGuard.Storage.Traffic;

/// <summary>One file of a ring: a whole pcapng capture of its own.</summary>
/// <remarks>
/// Its name says what it holds, so that opening a ring reads none of the finished ones:
/// <c>ORDER-FIRST-LAST-FRAMES.pcapng</c>, times in nanoseconds; while it is written, <c>ORDER-open.pcapng</c>.
/// </remarks>
internal sealed class Segment(string folder, long order)
{
    private const string Ending = ".pcapng";
    private const string OpenWord = "open";
    private const long IndexBytes = 256 << 10;

    private readonly List<(long First, long Offset, int Interfaces)> _batches = [];

    /// <summary>Its place in the order of segments.</summary>
    public long Order { get; } = order;

    /// <summary>The file.</summary>
    public string Path { get; private set; } = System.IO.Path.Combine(folder, $"{order:D12}-{OpenWord}{Ending}");

    /// <summary>Bytes that are whole.</summary>
    public long Bytes { get; set; }

    public long Frames { get; set; }

    /// <summary>Of its frames, the earliest time.</summary>
    public CaptureTime First { get; private set; }

    /// <summary>Of its frames, the latest time.</summary>
    public CaptureTime Last { get; private set; }

    /// <summary>Of this run's: the number of its first frame.</summary>
    public long FirstFrame { get; private set; }

    /// <summary>Of this run's: the number of its last frame.</summary>
    public long LastFrame { get; private set; }

    /// <summary>Of this run's: the blocks that name interfaces, in their order.</summary>
    public List<byte[]> Interfaces { get; } = [];

    /// <summary>Whether this process wrote it, so that numbers of its frames are those of this run.</summary>
    public bool IsOfThisRun { get; init; }

    /// <summary>Whether it is still being written.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>A segment by the name of its file; null for any other file.</summary>
    public static Segment? Of(FileInfo file)
    {
        if (file.Extension != Ending) return null;
        var parts = System.IO.Path.GetFileNameWithoutExtension(file.Name).Split('-');
        if (!TryNumber(parts[0], out var order)) return null;
        if (parts is [_, OpenWord]) return new Segment(file.DirectoryName!, order);
        if (parts.Length != 4 || !TryNumber(parts[1], out var first) || !TryNumber(parts[2], out var last)
            || !TryNumber(parts[3], out var frames)) return null;
        return new Segment(file.DirectoryName!, order)
        {
            Path = file.FullName,
            Bytes = file.Length,
            Frames = frames,
            First = new CaptureTime(first),
            Last = new CaptureTime(last),
            IsOpen = false,
        };
    }

    /// <summary>Notes where frames lie that are about to be written behind <see cref="Bytes"/>.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="last">Number of the last.</param>
    /// <param name="interfaces">Interfaces named before them.</param>
    public void Index(long first, long last, int interfaces)
    {
        if (_batches.Count == 0) FirstFrame = first;
        LastFrame = last;
        // A line that is flushed each second has many small batches: what lies within a window is walked through
        // anyway.
        if (_batches.Count == 0 || Bytes - _batches[^1].Offset >= IndexBytes) _batches.Add((first, Bytes, interfaces));
    }

    /// <summary>Where to begin to look for a frame, and how many interfaces are named before.</summary>
    public (long Offset, int Interfaces) StartOf(long frame)
    {
        for (var i = _batches.Count - 1; i >= 0; i--)
            if (_batches[i].First <= frame) return (_batches[i].Offset, _batches[i].Interfaces);
        return (0, 0);
    }

    /// <summary>Counts a frame.</summary>
    public void Add(CaptureTime time)
    {
        if (Frames == 0 || time < First) First = time;
        if (Frames == 0 || time > Last) Last = time;
        Frames++;
    }

    /// <summary>Gives the file the name of a finished one.</summary>
    public void Finish()
    {
        // Times before 1970, as a clock that was never set gives, would not sort; they are rare enough to be nought.
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Order:D12}-{Math.Max(0, First.UnixNanoseconds)}-{Math.Max(0, Last.UnixNanoseconds)}-{Frames}{Ending}");
        var path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, name);
        File.Move(Path, path);
        Path = path;
        IsOpen = false;
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
