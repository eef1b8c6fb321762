namespace OtGuard.Detections.ExternalPeer;

/// <summary>Settings of the <see cref="ExternalPeerDetector"/>.</summary>
public sealed record ExternalPeerOptions
{
    /// <summary>
    /// Conversations with public addresses told one by one for each host of the plant; further ones are told together.
    /// Default 16.
    /// </summary>
    /// <remarks>
    /// What a person still looks through one at a time; a browser or an update service reaches hundreds, and the fact
    /// is then that this host is on the Internet.
    /// </remarks>
    public int ToldSingly { get; init; } = 16;

    /// <summary>Hosts of the plant watched at once; the one quiet for longest is forgotten. Default 4,096.</summary>
    public int Hosts { get; init; } = 4096;
}
