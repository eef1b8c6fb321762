namespace OtGuard.Detections.MessageForm;

/// <summary>Settings of <see cref="MessageFormDetector"/>.</summary>
public sealed record MessageFormOptions
{
    /// <summary>
    /// Messages of a bus that are told one by one; further ones join a single deviation. Default 5: a line for each would bury
    /// the rest.
    /// </summary>
    public int ToldOneByOne { get; init; } = 5;
}
