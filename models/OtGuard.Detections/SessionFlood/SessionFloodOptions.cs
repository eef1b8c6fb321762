namespace OtGuard.Detections.SessionFlood;

/// <summary>Settings of the <see cref="SessionFloodDetector"/>.</summary>
public sealed record SessionFloodOptions
{
    /// <summary>TCP connections one client asks one service for within <see cref="Window"/>. Default 50 (Defender for IoT).</summary>
    public int Sessions { get; init; } = 50;

    /// <summary>The same for a client that was learned there. Default 150.</summary>
    /// <remarks>
    /// Pollers that connect anew for every poll are common, and poll as fast as once a second: 60 a minute; two of their
    /// tasks make 120.
    /// </remarks>
    public int KnownClientSessions { get; init; } = 150;

    /// <summary>TCP connections all clients together ask one server for within <see cref="Window"/>. Default 3,000 (Defender for IoT).</summary>
    public int Attempts { get; init; } = 3000;

    /// <summary>Capture time. Default 1 minute.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Conversations watched at once; the one quiet for longest is forgotten. Default 1,024.</summary>
    public int Conversations { get; init; } = 1024;

    /// <summary>Servers watched at once. Default 64: 3,000 events of 40 bytes each make 8 MiB when all are full.</summary>
    public int Servers { get; init; } = 64;
}
