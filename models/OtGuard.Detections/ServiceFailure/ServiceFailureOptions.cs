namespace OtGuard.Detections.ServiceFailure;

/// <summary>Settings of <see cref="ServiceFailureDetector"/>.</summary>
public sealed record ServiceFailureOptions
{
    /// <summary>Failures of a client's requests with one reason that make a pattern. Default 20 (Defender for IoT).</summary>
    public int Failures { get; init; } = 20;

    /// <summary>Capture time within which these come. Default 1 hour (Defender for IoT).</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Clients, servers and reasons watched at once; the one quiet for longest is forgotten. Default 4,096.</summary>
    public int Watched { get; init; } = 4096;
}
