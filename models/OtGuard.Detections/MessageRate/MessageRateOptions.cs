namespace OtGuard.Detections.MessageRate;

/// <summary>Settings of <see cref="MessageRateDetector"/>.</summary>
public sealed record MessageRateOptions
{
    /// <summary>
    /// Messages of a bus that are told one by one; further ones join a single deviation. Default 5: an attack speeds up a
    /// few, and where all come faster it is the bus or the clock.
    /// </summary>
    public int ToldOneByOne { get; init; } = 5;
}
