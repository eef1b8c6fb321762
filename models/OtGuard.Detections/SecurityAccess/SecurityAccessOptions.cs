namespace OtGuard.Detections.SecurityAccess;

/// <summary>Settings of the <see cref="SecurityAccessDetector"/>.</summary>
public sealed record SecurityAccessOptions
{
    /// <summary>Wrong keys, or tries too soon after them, in one conversation. Default 3.</summary>
    /// <remarks>
    /// As many as control units usually allow before they lock (ISO 14229-1:2020 §10.4.1 leaves the number to the
    /// manufacturer): a tester whose key is right does not come so far.
    /// </remarks>
    public int Attempts { get; init; } = 3;

    /// <summary>Capture time within which they come. Default 10 minutes.</summary>
    /// <remarks>The delay after too many attempts is 10 s as a rule; somebody who guesses slowly waits for it each time.</remarks>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Conversations watched at once; the one quiet for longest is forgotten. Default 1,024.</summary>
    public int Conversations { get; init; } = 1024;
}
