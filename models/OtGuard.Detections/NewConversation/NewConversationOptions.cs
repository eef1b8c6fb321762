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
    /// New clients of one server told one by one; further ones join a single deviation, so that a flood from made-up
    /// addresses is not one alarm for each of them. Default 10, as for servers.
    /// </summary>
    public int MaximumClientsPerServer { get; init; } = 10;

    /// <summary>
    /// Clients, and servers, counted for that. Beyond it every further one has a single deviation. Default 4096: more
    /// hosts than an OT network of one sensor has, 200 KiB of memory for each.
    /// </summary>
    public int MaximumHosts { get; init; } = 4096;
}
