namespace OtGuard.Detections.MessageProtection;

/// <summary>Settings of <see cref="MessageProtectionDetector"/>.</summary>
public sealed record MessageProtectionOptions
{
    /// <summary>
    /// Frames of a message with a wrong counter or checksum that make an alarm; fewer are told for information. Default 3: a
    /// control unit that starts sends a frame or two before its values are there.
    /// </summary>
    public int FramesForAlarm { get; init; } = 3;

    /// <summary>
    /// Messages of a bus that are told one by one; further ones join a single deviation. Default 5: a line for each would bury
    /// the rest.
    /// </summary>
    public int ToldOneByOne { get; init; } = 5;
}
