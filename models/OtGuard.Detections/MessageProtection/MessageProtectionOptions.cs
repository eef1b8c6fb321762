namespace OtGuard.Detections.MessageProtection;

/// <summary>Settings of <see cref="MessageProtectionDetector"/>.</summary>
public sealed record MessageProtectionOptions
{
    /// <summary>
    /// Frames of a message with a wrong counter or checksum that make an alarm; fewer are told for information. Default 3: a
    /// control unit that starts sends a frame or two before its values are there.
    /// </summary>
    public int FramesForAlarm { get; init; } = 3;
}
