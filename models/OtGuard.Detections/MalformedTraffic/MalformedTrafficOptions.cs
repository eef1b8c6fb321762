namespace OtGuard.Detections.MalformedTraffic;

/// <summary>Settings of the <see cref="MalformedTrafficDetector"/>.</summary>
public sealed record MalformedTrafficOptions
{
    /// <summary>Malformed messages in one connection. Default 2 (Defender for IoT).</summary>
    public int Messages { get; init; } = 2;

    /// <summary>Capture time within which they come. Default 10 minutes (Defender for IoT).</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Rows of the catalogue whose anomalies make a message malformed: its framing (B15, B16) or a field (B20) is
    /// outside of the specification.
    /// </summary>
    public IReadOnlyList<string> Rows { get; init; } = ["B15", "B16", "B20"];

    /// <summary>Connections watched at once; the one quiet for longest is forgotten. Default 4,096.</summary>
    public int Connections { get; init; } = 4096;
}
