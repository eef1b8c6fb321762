namespace OtGuard.Collectors.Capture.Files;

/// <summary>Limits of reading capture files.</summary>
public sealed record CaptureFileOptions
{
    /// <summary>The defaults.</summary>
    public static readonly CaptureFileOptions Default = new();

    /// <summary>
    /// Bytes of a file held in memory at a time. Default 256 KiB: large enough that the cost of a read call vanishes,
    /// small enough to stay in a second-level cache between the copy out of the page cache and the decoder.
    /// </summary>
    public int WindowBytes { get; init; } = 1 << 18;

    /// <summary>
    /// The longest record or block believed, in bytes. Default 16 MiB, far above any snapshot length in use (libpcap
    /// itself refuses more than 256 KiB for most links, 128 MiB for the largest); a longer claim is a length that lies.
    /// The window grows to twice this at most, and only with bytes that are really there.
    /// </summary>
    public int MaximumRecordBytes { get; init; } = 1 << 24;

    /// <summary>Notices kept over all files; the last one counts the rest. Default 100: more than a person reads.</summary>
    public int MaximumNotices { get; init; } = 100;

    /// <summary>
    /// Interfaces kept over all files. Default 65,536: a recorder has a few dozen, and a file that declares one after
    /// the other must not fill the memory. Frames of interfaces beyond are skipped and counted.
    /// </summary>
    public int MaximumInterfaces { get; init; } = 1 << 16;

    /// <summary>
    /// Columns of plain CAN tables, for files that are nothing else. Default null: told from the header or the rows.
    /// </summary>
    public CanColumns? Columns { get; init; }
}
