namespace OtGuard.Detections.SessionSecurity;

/// <summary>Settings of <see cref="SessionSecurityDetector"/>.</summary>
public sealed record SessionSecurityOptions
{
    /// <summary>Refused log-ins at one server within <see cref="Window"/> that are guessing. Default 20 (Defender for IoT).</summary>
    public int RefusedLogins { get; init; } = 20;

    /// <summary>
    /// Secure channels one client opens at one server within <see cref="Window"/> that are a flood. Default 20: a client needs one
    /// for each session and one to look for endpoints; one every three seconds serves nobody.
    /// </summary>
    public int OpenedChannels { get; init; } = 20;

    /// <summary>
    /// Subscriptions and monitored items asked for by one client at one server within <see cref="Window"/>, outside of what was
    /// learned, that are a flood. Default 1,000: a large picture has some hundred points.
    /// </summary>
    public int Subscriptions { get; init; } = 1000;

    /// <summary>Capture time within which these come. Default 1 minute (Defender for IoT).</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Conversations watched at once; the one quiet for longest is forgotten. Default 1,024.</summary>
    public int Conversations { get; init; } = 1024;
}
