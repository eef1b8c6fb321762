namespace OtGuard.Collectors.Can.Live;

/// <summary>How a CAN controller takes part in its bus.</summary>
/// <remarks>linux/can/netlink.h, CAN_CTRLMODE_*.</remarks>
[Flags]
public enum CanLinkModes : uint
{
    /// <summary>Plain: it acknowledges frames and may send.</summary>
    None = 0,

    /// <summary>What it sends comes back to it.</summary>
    Loopback = 0x1,

    /// <summary>It listens only: neither frames nor acknowledgements nor error flags leave it.</summary>
    ListenOnly = 0x2,

    /// <summary>Every bit is sampled three times.</summary>
    TripleSampling = 0x4,

    /// <summary>Frames are not sent again after an error.</summary>
    OneShot = 0x8,

    /// <summary>Errors on the bus are reported one by one.</summary>
    ErrorReporting = 0x10,

    /// <summary>CAN FD is on.</summary>
    Fd = 0x20,
}

/// <summary>What a controller's error counters have made of it (ISO 11898-1:2015 §12.1.4).</summary>
public enum CanControllerState : byte
{
    /// <summary>Takes part normally.</summary>
    ErrorActive,

    /// <summary>An error counter is above 96.</summary>
    ErrorWarning,

    /// <summary>An error counter is above 127.</summary>
    ErrorPassive,

    /// <summary>Off the bus.</summary>
    BusOff,

    /// <summary>Not started.</summary>
    Stopped,

    /// <summary>Asleep.</summary>
    Sleeping,
}

/// <summary>A CAN interface as the kernel describes it.</summary>
public sealed record CanLink
{
    /// <summary>Its name: <c>can0</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The kernel's number for it.</summary>
    public required int Index { get; init; }

    /// <summary>The kind of link: <c>can</c>, <c>vcan</c>, <c>vxcan</c>, null where the kernel names none.</summary>
    public string? Kind { get; init; }

    /// <summary>Whether it is up.</summary>
    public bool IsUp { get; init; }

    /// <summary>The longest frame in bytes: 16 for classic CAN, 72 for CAN FD; 0 where the kernel does not say.</summary>
    public int MaximumFrameBytes { get; init; }

    /// <summary>Modes that are on, null where the driver does not tell.</summary>
    public CanLinkModes? Modes { get; init; }

    /// <summary>Modes that the driver can turn on, null where it does not tell (kernels before 5.17).</summary>
    public CanLinkModes? SupportedModes { get; init; }

    /// <summary>Bits per second, null where none is set or known.</summary>
    public long? BitsPerSecond { get; init; }

    /// <summary>Bits per second in the data phase of CAN FD, null where none is set or known.</summary>
    public long? DataBitsPerSecond { get; init; }

    /// <summary>The controller's state, null where the driver does not tell.</summary>
    public CanControllerState? State { get; init; }

    /// <summary>The controller's error counters for sending and receiving, null where the driver does not tell.</summary>
    public (int Sending, int Receiving)? ErrorCounters { get; init; }

    /// <summary>Frames received since the interface is there, null where the kernel does not say.</summary>
    public long? FramesReceived { get; init; }

    /// <summary>Frames that programs on this machine sent through it, null where the kernel does not say.</summary>
    public long? FramesSent { get; init; }

    /// <summary>True where no controller stands behind it, so that nothing is acknowledged on any wire.</summary>
    public bool IsVirtual => Kind is "vcan" or "vxcan";

    /// <summary>True where the controller only listens.</summary>
    public bool IsListenOnly => Modes is { } modes && (modes & CanLinkModes.ListenOnly) != 0;

    /// <summary>True where errors on the bus are reported one by one.</summary>
    public bool ReportsErrors => Modes is { } modes && (modes & CanLinkModes.ErrorReporting) != 0;

    /// <summary>True where reading from it leaves the bus as it is.</summary>
    public bool IsHarmless => IsVirtual || IsListenOnly;
}

/// <summary>
/// The CAN interfaces of this machine. The kernel is asked for them by a message to it, and collectors call nothing that
/// sends: so who composes the program asks, and collectors are handed the answer.
/// </summary>
public interface ICanLinks
{
    /// <summary>Every CAN interface, in the kernel's order.</summary>
    /// <exception cref="LiveSourceException">The kernel could not be asked.</exception>
    IReadOnlyList<CanLink> All();
}
