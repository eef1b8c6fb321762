namespace OtGuard.Detections.UnknownMessage;

/// <summary>Settings of <see cref="UnknownMessageDetector"/>.</summary>
public sealed record UnknownMessageOptions
{
    /// <summary>
    /// Unknown identifiers of a bus that are told one by one; further ones join a single deviation. Default 5: a new device
    /// sends a few, who sends more tries them out, and a line for each would bury the rest.
    /// </summary>
    public int ToldOneByOne { get; init; } = 5;

    /// <summary>
    /// How unlikely newcomers have to be, by what learning says of them, before they are alarms on a bus whose identifiers were
    /// not all learned (<see cref="Newcomers"/>). Default 0.001: it is asked anew with each frame of each newcomer, some dozens of
    /// times, and a wrong answer in a hundred logs is to be the exception.
    /// </summary>
    public double UnlikelyBelow { get; init; } = 0.001;
}
