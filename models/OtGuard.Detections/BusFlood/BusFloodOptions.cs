namespace OtGuard.Detections.BusFlood;

/// <summary>Settings of <see cref="BusFloodDetector"/>.</summary>
public sealed record BusFloodOptions
{
    /// <summary>
    /// Frames in a second as a multiple of the busiest learned one that make a flood. Default 1.5: buses are laid out for at
    /// most two thirds of what they can carry, so that half as much again is a bus without reserve.
    /// </summary>
    public double BusiestFactor { get; init; } = 1.5;

    /// <summary>
    /// Share of a second's frames, in percent, above which one message takes the bus for itself. Default 50: from there on
    /// all others together have less than half of it.
    /// </summary>
    public int DominantPercent { get; init; } = 50;

    /// <summary>
    /// Frames in a second below which nothing is a flood. Default 100: less than a tenth of what the slowest usual bus (125
    /// kbit/s, frames of at most 135 bits) can carry.
    /// </summary>
    public int MinimumFrames { get; init; } = 100;
}
