namespace OtGuard.Collectors.Capture.Files;

/// <summary>How far the reading has come.</summary>
/// <param name="BytesRead">Bytes of the files as they lie on disk (compressed ones compressed) that were read.</param>
/// <param name="TotalBytes">Bytes of all files when they were opened; null where one is a pipe.</param>
public readonly record struct CaptureProgress(long BytesRead, long? TotalBytes);

/// <summary>What was found in a file so far.</summary>
/// <param name="Name">The file as the user named it.</param>
/// <param name="Format">Name of the format: <c>pcap</c>, <c>pcapng</c>, <c>candump</c>.</param>
/// <param name="Compressed">Whether the file is gzip.</param>
/// <param name="FileBytes">Its size on disk when opened; null for a pipe.</param>
/// <param name="SkippedBytes">Bytes passed over because nothing could be made of them.</param>
/// <param name="SkippedFrames">Frames of a readable form that were left out, such as those of an undeclared interface.</param>
/// <param name="TimeSteps">Frames whose time is before that of the frame in front of them in the file.</param>
/// <param name="Complete">Whether the file was read to its end.</param>
/// <param name="Interfaces">Its interfaces in the order of their declaration.</param>
public sealed record CaptureFileReport(
    string Name,
    string Format,
    bool Compressed,
    long? FileBytes,
    long SkippedBytes,
    long SkippedFrames,
    long TimeSteps,
    bool Complete,
    IReadOnlyList<CaptureInterfaceReport> Interfaces)
{
    /// <summary>Frames handed out.</summary>
    public long Frames => Interfaces.Sum(item => item.Frames);

    /// <summary>Captured bytes of these frames.</summary>
    public long Bytes => Interfaces.Sum(item => item.Bytes);

    /// <summary>Frames a snapshot length has cut.</summary>
    public long CutFrames => Interfaces.Sum(item => item.CutFrames);

    /// <summary>Frames the recorder says it lost before they reached the file.</summary>
    public long LostFrames => Interfaces.Sum(item => item.LostFrames);
}

/// <summary>What was found of an interface so far.</summary>
/// <param name="Source">The number its frames carry in <see cref="CapturedFrame.Source"/>.</param>
/// <param name="Name">Its name, or its description, as the recorder wrote it; null where it wrote none.</param>
/// <param name="LinkType">How its frames begin.</param>
/// <param name="SnapshotBytes">The longest frame the recorder kept, in bytes; 0 where it did not say.</param>
/// <param name="FcsBytes">Bytes of frame check sequence at the end of each frame; 0 where it did not say.</param>
/// <param name="Resolution">Time resolution in words: <c>10^-6 s</c>, <c>2^-20 s</c>.</param>
/// <param name="Frames">Frames handed out.</param>
/// <param name="Bytes">Their captured bytes.</param>
/// <param name="CutFrames">Those that a snapshot length has cut.</param>
/// <param name="First">The earliest time, null without frames.</param>
/// <param name="Last">The latest time, null without frames.</param>
/// <param name="ReceivedFrames">Frames the recorder says the interface received, null where it did not say.</param>
/// <param name="DroppedByInterface">Frames the recorder says the interface dropped, null where it did not say.</param>
/// <param name="DroppedBySystem">Frames the recorder says the operating system dropped, null where it did not say.</param>
/// <param name="DroppedBetweenFrames">Sum of the drop counts that stand beside single frames.</param>
public sealed record CaptureInterfaceReport(
    int Source,
    string? Name,
    LinkType LinkType,
    long SnapshotBytes,
    int FcsBytes,
    string Resolution,
    long Frames,
    long Bytes,
    long CutFrames,
    CaptureTime? First,
    CaptureTime? Last,
    long? ReceivedFrames,
    long? DroppedByInterface,
    long? DroppedBySystem,
    long DroppedBetweenFrames)
{
    /// <summary>
    /// Frames lost before they reached the file. The counts beside frames and those of the statistics tell of the same
    /// losses, so the larger is taken and not the sum.
    /// </summary>
    public long LostFrames =>
        Math.Max(DroppedBetweenFrames, Saturating.Add(DroppedByInterface ?? 0, DroppedBySystem ?? 0));
}
