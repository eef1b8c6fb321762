namespace OtGuard.Detections.BusErrors;

/// <summary>Settings of <see cref="BusErrorsDetector"/>.</summary>
public sealed record BusErrorsOptions
{
    /// <summary>
    /// Error frames within <see cref="Window"/> that make a burst. Default 16: each adds 8 to the sender's error counter, and
    /// at 128 it becomes error passive (ISO 11898-1:2015 §12.1.4); a plug that is pulled or a disturbance makes a few.
    /// </summary>
    public int BurstFrames { get; init; } = 16;

    /// <summary>Capture time within which these come. Default 1 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Times the most error frames learned in a second that a burst must have at least. Default 2: on a bus with a bad
    /// termination errors are daily fare.
    /// </summary>
    public double LearnedFactor { get; init; } = 2;
}
