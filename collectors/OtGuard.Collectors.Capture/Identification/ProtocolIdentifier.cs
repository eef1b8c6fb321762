namespace OtGuard.Collectors.Capture.Identification;

/// <summary>What a structure says about bytes that nobody decodes.</summary>
public readonly record struct Identification(ClaimVerdict Verdict, string? Name, bool Opaque);

/// <summary>Names protocols that are not decoded by their structure.</summary>
public static class ProtocolIdentifier
{
    /// <summary>Names a TCP or UDP payload.</summary>
    public static Identification Identify(in Probe probe) => default;

    /// <summary>Names an EtherType.</summary>
    public static string? NameOfEtherType(ushort etherType, ReadOnlySpan<byte> payload) => etherType == 0x0806 ? "arp" : null;

    /// <summary>Names an IP protocol.</summary>
    public static string? NameOfIpProtocol(byte protocol) => protocol == 1 ? "icmp" : null;
}
