namespace OtGuard.Collectors.Capture.Identification;

/// <summary>Names of IP protocol numbers.</summary>
/// <remarks>IANA Protocol Numbers registry.</remarks>
internal static class IpProtocols
{
    public static string? Name(byte protocol) => protocol switch
    {
        1 => "icmp",
        2 => "igmp",
        4 => "ipip",
        41 => "ipv6-in-ip",
        46 => "rsvp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "icmpv6",
        88 => "eigrp",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        115 => "l2tp",
        132 => "sctp",
        _ => null,
    };
}
