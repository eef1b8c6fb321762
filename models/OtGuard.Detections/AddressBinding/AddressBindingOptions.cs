namespace OtGuard.Detections.AddressBinding;

/// <summary>Settings of <see cref="AddressBindingDetector"/>.</summary>
public sealed record AddressBindingOptions
{
    /// <summary>
    /// Requests for addresses (ARP) one host may send within <see cref="RequestSpan"/>. Default 60, the threshold
    /// Microsoft Defender for IoT documents for its alert on excessive address resolution.
    /// </summary>
    public int MaximumRequests { get; init; } = 60;

    /// <summary>The span for <see cref="MaximumRequests"/>. Default one minute, from the same documentation.</summary>
    public TimeSpan RequestSpan { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Within this span a link address has to claim an IP address again, after another one claimed it, for the two to be
    /// in conflict. Default one minute: hosts defend their address within seconds (RFC 5227 §2.4), and the common
    /// spoofing tools repeat their lie every one to ten seconds; a device that is replaced takes longer and does not
    /// come back.
    /// </summary>
    public TimeSpan ConflictSpan { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A new link address of an IP address that sent nothing for so long is told for information: a device was exchanged.
    /// Default one minute: who takes an address over wants it from a host that lives, and an exchange takes longer. That
    /// a device went silent is another deviation.
    /// </summary>
    public TimeSpan ReplacementSilence { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Hosts that are followed; the one not heard for the longest time makes room. Default 4096: more than an OT network
    /// of one sensor has.
    /// </summary>
    public int MaximumHosts { get; init; } = 4096;
}
