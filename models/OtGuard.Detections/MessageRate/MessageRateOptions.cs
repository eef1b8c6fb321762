namespace OtGuard.Detections.MessageRate;

/// <summary>Settings of <see cref="MessageRateDetector"/>.</summary>
public sealed record MessageRateOptions
{
    /// <summary>
    /// Early frames of a message that make an alarm; fewer are told for information. Default 3: one or two are what a
    /// recorder's hiccup makes, and an injection that is to have an effect goes on.
    /// </summary>
    public int FramesForAlarm { get; init; } = 3;

    /// <summary>
    /// Messages of a bus that are told one by one; further ones join a single deviation. Default 5: an attack speeds up a
    /// few, and where all come faster it is the bus or the clock.
    /// </summary>
    public int ToldOneByOne { get; init; } = 5;
}
