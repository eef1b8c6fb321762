namespace OtGuard.Detections.UnsolicitedResponse;

/// <summary>Settings of the <see cref="UnsolicitedResponseDetector"/>.</summary>
public sealed record UnsolicitedResponseOptions
{
    /// <summary>
    /// How long after a request was given up a response to it is a late one and no invention. Default 1 minute.
    /// </summary>
    /// <remarks>Longer than any time-out of a client, and than the slowest serial line behind a gateway.</remarks>
    public TimeSpan LateWithin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Connections with unanswered requests or losses remembered at once. Default 4,096.</summary>
    public int Connections { get; init; } = 4096;
}
