namespace OtGuard.Detections.NewRange;

/// <summary>Settings of <see cref="NewRangeDetector"/>.</summary>
public sealed record NewRangeOptions
{
    /// <summary>
    /// Written places outside of what was learned that are told one by one, for each client, server, unit and kind of
    /// object; further ones join a single deviation. Default 8: a mistaken or probing hand touches a few; who writes to
    /// more walks through them, and a line for each would bury the rest.
    /// </summary>
    public int MaximumWrittenPlaces { get; init; } = 8;

    /// <summary>
    /// Combinations of client, server, unit and kind of object counted for that. Beyond it each has a single deviation.
    /// Default 4096: 200 KiB of memory.
    /// </summary>
    public int MaximumCounted { get; init; } = 4096;
}
