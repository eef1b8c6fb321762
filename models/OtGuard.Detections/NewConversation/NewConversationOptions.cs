namespace OtGuard.Detections.NewConversation;

/// <summary>Settings of <see cref="NewConversationDetector"/>.</summary>
public sealed record NewConversationOptions
{
    /// <summary>
    /// Servers of one client told one by one; further ones join a single deviation, so that a sweep through a network
    /// is not one alarm for every address. Default 10: as many controllers as Microsoft Defender for IoT calls a scan of
    /// PLCs when they are probed by one source.
    /// </summary>
    public int MaximumServersPerClient { get; init; } = 10;

    /// <summary>
    /// Clients counted for that. Beyond it every further client has one deviation for all of its servers. Default 4096:
    /// more hosts than an OT network of one sensor has, 200 KiB of memory.
    /// </summary>
    public int MaximumClients { get; init; } = 4096;
}
