namespace OtGuard.Detections.UnresponsiveServer;

/// <summary>Settings of the <see cref="UnresponsiveServerDetector"/>.</summary>
public sealed record UnresponsiveServerOptions
{
    /// <summary>Requests to a unit that nobody answered. Default 3 (Defender for IoT).</summary>
    public int Requests { get; init; } = 3;

    /// <summary>Capture time within which they were asked. Default 5 minutes (Defender for IoT).</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Requests asked closer together than this count as one. Default 100 ms.</summary>
    /// <remarks>
    /// What is asked in one go is lost in one go; polls that are a tenth of a second apart are separate tries.
    /// </remarks>
    public TimeSpan Apart { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Units watched at once; the one quiet for longest is forgotten. Default 4,096.</summary>
    public int Units { get; init; } = 4096;
}
