namespace OtGuard.Detections.WeakChallenge;

/// <summary>Settings of the <see cref="WeakChallengeDetector"/>.</summary>
public sealed record WeakChallengeOptions
{
    /// <summary>
    /// Probability at which a server whose challenges are truly random is called weak, over all of its challenges.
    /// Default one in a million.
    /// </summary>
    /// <remarks>A fleet of a hundred thousand units then has one false alarm in ten years of one look each.</remarks>
    public double FalseAlarmProbability { get; init; } = 1e-6;

    /// <summary>Fewer changing bits than these are few. Default 16.</summary>
    /// <remarks>2¹⁶ challenges with their answers fit any notebook; the shortest seeds in use have 16 bits.</remarks>
    public int LeastChangingBits { get; init; } = 16;

    /// <summary>Challenges kept of a server and level. Default 64.</summary>
    public int Challenges { get; init; } = 64;

    /// <summary>Servers and levels watched at once; the one quiet for longest is forgotten. Default 256.</summary>
    public int Servers { get; init; } = 256;
}
