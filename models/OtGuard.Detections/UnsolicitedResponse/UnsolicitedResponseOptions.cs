namespace OtGuard.Detections.UnsolicitedResponse;

/// <summary>Settings of the <see cref="UnsolicitedResponseDetector"/>.</summary>
public sealed record UnsolicitedResponseOptions
{
    /// <summary>Connections with lost bytes remembered at once; the one remembered longest is forgotten. Default 4,096.</summary>
    public int LossyConnections { get; init; } = 4096;
}
