namespace OtGuard.Storage.Traffic;

/// <summary>How much of the recent traffic is kept on disk.</summary>
public sealed record TrafficRingOptions
{
    /// <summary>
    /// Bytes of all segments together; the oldest makes room. Default 2 GiB: a line with 1 Mbit/s of Modbus fills it in
    /// three to four hours, time enough to look at what was said an hour ago.
    /// </summary>
    public long MaximumBytes { get; init; } = 2L << 30;

    /// <summary>
    /// How far back traffic is kept, by capture time. Default a day; recorded traffic holds what people did, and is kept
    /// no longer than it is of use.
    /// </summary>
    public TimeSpan MaximumAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Bytes of one segment, what is deleted at a time. Default 32 MiB: 64 segments in the ring, none long to walk through.
    /// </summary>
    public long SegmentBytes { get; init; } = 32 << 20;

    /// <summary>Bytes gathered before they are written. Default 1 MiB: a write every tenth of a second at 100 Mbit/s.</summary>
    public int BatchBytes { get; init; } = 1 << 20;

    /// <summary>Interfaces named in a segment; frames of interfaces beyond are counted and not kept. Default 1,024.</summary>
    public int MaximumInterfaces { get; init; } = 1024;

    /// <summary>
    /// Bytes that stay free on the disk, so that the store never has to give way for the ring. Default 1 GiB: above
    /// what the store keeps free. 0 for no such bound.
    /// </summary>
    public long MinimumFreeBytes { get; init; } = 1L << 30;

    /// <summary>How many bytes are free where a folder lies. Default: as the system tells.</summary>
    internal Func<string, long> FreeBytes { get; init; } = static folder => new DriveInfo(folder).AvailableFreeSpace;
}

/// <summary>What a ring of traffic holds, and what it had to let go.</summary>
/// <param name="Segments">Files.</param>
/// <param name="Bytes">Their bytes, and those not yet written.</param>
/// <param name="Frames">Frames in them.</param>
/// <param name="Oldest">Time of the oldest frame, null without any: how far back one can look.</param>
/// <param name="Newest">Time of the newest frame, null without any.</param>
/// <param name="EvictedSegments">Segments deleted to keep to size and age since the ring was opened.</param>
/// <param name="EvictedFrames">Frames in them.</param>
/// <param name="LostFrames">Frames that could not be written: the disk was full, or there were too many interfaces.</param>
/// <param name="TornBytes">Bytes cut off when the ring was opened, as the process before had died while writing them.</param>
/// <param name="LastFault">Why frames could not be written, the latest reason; null where all were.</param>
public sealed record TrafficRingReport(
    int Segments,
    long Bytes,
    long Frames,
    Collectors.CaptureTime? Oldest,
    Collectors.CaptureTime? Newest,
    long EvictedSegments,
    long EvictedFrames,
    long LostFrames,
    long TornBytes,
    string? LastFault)
{
    /// <summary>How long ago the oldest frame was, by the newest; null without frames.</summary>
    public TimeSpan? Age => Newest - Oldest;
}
