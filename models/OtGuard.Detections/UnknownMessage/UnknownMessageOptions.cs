namespace OtGuard.Detections.UnknownMessage;

/// <summary>Settings of <see cref="UnknownMessageDetector"/>.</summary>
public sealed record UnknownMessageOptions
{
    /// <summary>
    /// Unknown identifiers of a bus that are told one by one; further ones join a single deviation. Default 5: a new device
    /// sends a few, who sends more tries them out, and a line for each would bury the rest.
    /// </summary>
    public int ToldOneByOne { get; init; } = 5;
}
