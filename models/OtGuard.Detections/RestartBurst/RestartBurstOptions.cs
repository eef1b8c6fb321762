namespace OtGuard.Detections.RestartBurst;

/// <summary>Settings of the <see cref="RestartBurstDetector"/>.</summary>
public sealed record RestartBurstOptions
{
    /// <summary>Restarts of one device that make a burst. Default 2.</summary>
    /// <remarks>
    /// Microsoft Defender for IoT alerts on ten within an hour, and on two within ten minutes. Ten within an hour
    /// always hold two within ten minutes, so the second rule says it first.
    /// </remarks>
    public int Restarts { get; init; } = 2;

    /// <summary>Capture time within which they come. Default 10 minutes.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Devices watched at once; the one quiet for longest is forgotten. Default 4,096.</summary>
    public int Devices { get; init; } = 4096;
}
