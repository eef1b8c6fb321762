using OtGuard.Host.Configuration;

namespace OtGuard.Host.Service;

/// <summary>When the monitor says that it has gone blind. Live sources only: a file is what it is.</summary>
internal sealed record BlindnessOptions
{
    /// <summary>
    /// The shortest silence of a source that is told. Default 1 minute: what peers of this program take for a channel
    /// that fell silent; a switch's spanning tree is over it within that.
    /// </summary>
    public TimeSpan SilentAtLeast { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The longest silence that is not told, however long the pauses were before. Default 1 hour: even a line that is
    /// polled once in a quarter of an hour has shown four polls by then.
    /// </summary>
    public TimeSpan SilentAtMost { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How many times the longest pause seen so far a silence has to be. Default 4: among pauses of like origin one
    /// four times as long as all before is chance in fewer than one of a thousand lines watched for a day.
    /// </summary>
    [Setting(Minimum = 1, Maximum = 1000)]
    public double SilentFactor { get; init; } = 4;

    /// <summary>
    /// The share of frames whose loss is told. Default 0.001: below one in a thousand single answers are missing, above
    /// it whole exchanges are.
    /// </summary>
    [Setting(Minimum = 0, Maximum = 1)]
    public double LostShare { get; init; } = 0.001;

    /// <summary>
    /// A jump of this machine's clock that is told. Default 1 s: time servers slew below an eighth of a second and only
    /// then step, and the windows of detectors are seconds.
    /// </summary>
    public TimeSpan ClockStep { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Points by which the share of unreadable payload has to rise above what it was before. Default 0.25: a quarter of
    /// all that is said can no longer be read.
    /// </summary>
    [Setting(Minimum = 0.01, Maximum = 1)]
    public double VisibilityFall { get; init; } = 0.25;

    /// <summary>Over how long loss and readable shares are taken. Default 1 minute.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Payload bytes of a window below which its share says nothing. Default 16,384: some fifty exchanges.
    /// </summary>
    [Setting(Minimum = 1)]
    public long VisibilityBytes { get; init; } = 16_384;

    /// <summary>
    /// Windows of readable shares before a fall is told. Default 10: what was normal has to be known first.
    /// </summary>
    [Setting(Minimum = 1, Maximum = 10_000)]
    public int VisibilityWindows { get; init; } = 10;
}
