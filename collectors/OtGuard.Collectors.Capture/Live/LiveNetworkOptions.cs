namespace OtGuard.Collectors.Capture.Live;

/// <summary>How a network interface is listened to.</summary>
public sealed record LiveNetworkOptions
{
    /// <summary>
    /// Sees frames that are not addressed to this machine. On unless turned off: a mirror port carries nothing else.
    /// </summary>
    public bool Promiscuous { get; init; } = true;

    /// <summary>A filter in libpcap's language; null for every frame. What it leaves out is not seen by any detector.</summary>
    public string? Filter { get; init; }

    /// <summary>
    /// Bytes in which the kernel holds frames until they are read. 64 MiB hold five seconds of 100 Mbit/s.
    /// </summary>
    public int BufferBytes { get; init; } = 64 << 20;

    /// <summary>Notices kept; further ones are counted.</summary>
    public int MaximumNotices { get; init; } = 100;

    /// <summary>Ends the source: a wait is left within 100 ms.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The clock of this machine.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
