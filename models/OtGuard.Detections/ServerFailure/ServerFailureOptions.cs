namespace OtGuard.Detections.ServerFailure;

/// <summary>Settings of the <see cref="ServerFailureDetector"/>.</summary>
public sealed record ServerFailureOptions
{
    /// <summary>Answers "busy" of one unit that make a burst. Default 10.</summary>
    /// <remarks>A device that starts up or stores its settings says so a few times; ten in a row is no hiccup.</remarks>
    public int BusyAnswers { get; init; } = 10;

    /// <summary>Capture time within which they come. Default 1 minute.</summary>
    public TimeSpan BusyWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Units watched at once; the one quiet for longest is forgotten. Default 4,096.</summary>
    public int Units { get; init; } = 4096;
}
