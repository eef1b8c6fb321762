using System.Runtime.CompilerServices;

namespace OtGuard.Collectors.Capture.Files;

/// <summary>An interface of a file and what was counted of it.</summary>
internal sealed class InterfaceCounter(int source, LinkType linkType)
{
    private long _frames;
    private long _bytes;
    private long _cut;
    private long _first = long.MaxValue;
    private long _last = long.MinValue;

    /// <summary>Number over all files.</summary>
    public int Source { get; } = source;

    /// <summary>How its frames begin.</summary>
    public LinkType LinkType { get; } = linkType;

    /// <summary>Name or description, null for none.</summary>
    public string? Name { get; set; }

    /// <summary>Number of a bus by its name, from 0; -1 for none.</summary>
    public int Bus { get; set; } = -1;

    /// <summary>Longest frame kept, 0 for unknown.</summary>
    public long SnapshotBytes { get; set; }

    /// <summary>Bytes of frame check sequence, 0 for unknown.</summary>
    public int FcsBytes { get; set; }

    /// <summary>Time resolution in words.</summary>
    public string Resolution { get; set; } = "";

    /// <summary>From the recorder's statistics.</summary>
    public long? Received { get; set; }

    /// <summary>From the recorder's statistics.</summary>
    public long? DroppedByInterface { get; set; }

    /// <summary>From the recorder's statistics.</summary>
    public long? DroppedBySystem { get; set; }

    /// <summary>Sum of the drop counts beside frames.</summary>
    public long DroppedBetweenFrames { get; set; }

    /// <summary>Counts a frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(long time, int captured, int original)
    {
        _frames++;
        _bytes += captured;
        if (captured < original) _cut++;
        if (time < _first) _first = time;
        if (time > _last) _last = time;
    }

    /// <summary>The facts so far.</summary>
    public CaptureInterfaceReport Report() => new(
        Source, Name, LinkType, SnapshotBytes, FcsBytes, Resolution, _frames, _bytes, _cut,
        _frames == 0 ? null : new CaptureTime(_first), _frames == 0 ? null : new CaptureTime(_last),
        Received, DroppedByInterface, DroppedBySystem, DroppedBetweenFrames);
}
