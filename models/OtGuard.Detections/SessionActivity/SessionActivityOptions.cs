namespace OtGuard.Detections.SessionActivity;

/// <summary>Settings of <see cref="SessionActivityDetector"/>.</summary>
public sealed record SessionActivityOptions
{
    /// <summary>
    /// Different nodes browsed or read outside of what was learned, within <see cref="Window"/>, that make a sweep. Default 64:
    /// an operator who opens a page looks at a few dozen points, of which most were learned; a client that reads the address
    /// space walks through hundreds.
    /// </summary>
    public int SweptNodes { get; init; } = 64;

    /// <summary>Capture time within which these come. Default 10 minutes.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Nodes written, or methods called, for the first time that are told one by one for each client and server; further ones
    /// join a single deviation. Default 8: more is a walk through them.
    /// </summary>
    public int ToldOneByOne { get; init; } = 8;

    /// <summary>Conversations watched at once; the one quiet for longest is forgotten. Default 1,024.</summary>
    public int Conversations { get; init; } = 1024;
}
