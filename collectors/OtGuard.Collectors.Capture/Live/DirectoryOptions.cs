namespace OtGuard.Collectors.Capture.Live;

/// <summary>How a folder of rotating capture files is watched.</summary>
public sealed record DirectoryOptions
{
    /// <summary>
    /// A file that nothing newer follows is taken for finished when it has not changed for so long. A minute: recorders
    /// that rotate write every few seconds on a line that lives, and those that do not rotate wait for no one.
    /// </summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the folder is looked at. A second: files rotate every few minutes at most.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Where it is written which files were read; null for nowhere, so that the next run begins with the oldest file
    /// again. Made anew, never changed in place.
    /// </summary>
    public string? State { get; init; }

    /// <summary>Notices kept; further ones are counted.</summary>
    public int MaximumNotices { get; init; } = 100;

    /// <summary>
    /// Files of the folder that are looked at, the oldest first; what lies beyond waits until those are gone, and is said.
    /// 100,000 are a file a minute for two months.
    /// </summary>
    public int MaximumFiles { get; init; } = 100_000;

    /// <summary>Ends the source: a wait is left within 100 ms.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The clock of this machine.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
