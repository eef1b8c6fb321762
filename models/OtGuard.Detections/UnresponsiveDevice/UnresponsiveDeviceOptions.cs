namespace OtGuard.Detections.UnresponsiveDevice;

/// <summary>Settings of the <see cref="UnresponsiveDeviceDetector"/>.</summary>
public sealed record UnresponsiveDeviceOptions
{
    /// <summary>Connection attempts to a device that nobody answered. Default 8 (Defender for IoT).</summary>
    public int Attempts { get; init; } = 8;

    /// <summary>Capture time within which they happen. Default 5 minutes (Defender for IoT).</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Devices watched at once; the one quiet for longest is forgotten. Default 4,096.</summary>
    public int Devices { get; init; } = 4096;
}
