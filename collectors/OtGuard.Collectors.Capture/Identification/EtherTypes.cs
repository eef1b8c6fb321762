using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification;

/// <summary>Names of EtherTypes, of LLC service access points and of SNAP protocols.</summary>
/// <remarks>IANA IEEE 802 Numbers registry; IEEE 802.2 §3; for PROFINET IEC 61158-6-10 (FrameID ranges).</remarks>
internal static class EtherTypes
{
    private const int FirstEtherType = 0x0600;

    public static string? Name(int etherType, ReadOnlySpan<byte> payload) => etherType switch
    {
        < FirstEtherType => NameOfLlc(payload),
        0x0800 => "ipv4",
        0x0806 => "arp",
        0x0842 => "wake-on-lan",
        0x22EA => "srp",
        0x22F0 => "avtp",
        0x22F3 => "trill",
        0x6003 => "decnet",
        0x8035 => "rarp",
        0x809B => "appletalk",
        0x80F3 => "aarp",
        0x8100 or 0x88A8 or 0x9100 => "vlan",
        0x8137 => "ipx",
        0x8204 => "qnx-qnet",
        0x86DD => "ipv6",
        0x8808 => "ethernet-flow-control",
        0x8809 => payload.IsEmpty ? "slow-protocols" : payload[0] switch
        {
            1 => "lacp",
            2 => "lacp-marker",
            3 => "ethernet-oam",
            _ => "slow-protocols",
        },
        0x8847 or 0x8848 => "mpls",
        0x8863 => "pppoe-discovery",
        0x8864 => "pppoe",
        0x887B or 0x88E1 => "homeplug",
        0x888E => "eapol",
        0x8892 => NameOfProfinet(payload),
        0x889A => "hyperscsi",
        0x88A2 => "aoe",
        0x88A4 => "ethercat",
        0x88AB => "powerlink",
        0x88B8 => "goose",
        0x88B9 => "gse",
        0x88BA => "sv",
        0x88CC => "lldp",
        0x88CD => "sercos",
        0x88DC => "wsmp",
        0x88E3 => "mrp",
        0x88E5 => "macsec",
        0x88E7 => "pbb",
        0x88F5 => "mvrp",
        0x88F6 => "mmrp",
        0x88F7 => "ptp",
        0x88FB => "prp-supervision",
        0x8902 => "cfm",
        0x8906 => "fcoe",
        0x8914 => "fip",
        0x8915 => "roce",
        0x892F => "hsr",
        0x8940 => "ecp",
        0x8947 => "geonetworking",
        0x9000 => "ethernet-loopback",
        0xF1C1 => "frer",
        _ => null,
    };

    private static string NameOfProfinet(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2) return "profinet";
        return U16(payload, 0) switch
        {
            >= 0x0020 and <= 0x0081 => "profinet-ptcp",
            >= 0x0100 and <= 0xFBFF => "profinet-rt",
            0xFC01 or 0xFE01 => "profinet-alarm",
            >= 0xFEFC and <= 0xFEFF => "profinet-dcp",
            >= 0xFF00 and <= 0xFF43 => "profinet-ptcp",
            _ => "profinet",
        };
    }

    private static string NameOfLlc(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 3) return "llc";
        return (payload[0], payload[1] & 0xFE) switch
        {
            (0x42, 0x42) => "stp",
            (0xAA, 0xAA) => NameOfSnap(payload[3..]),
            (0xE0, 0xE0) => "ipx",
            // Novell's "raw" frames have no LLC header: the IPX checksum, always FFFF, stands in its place.
            (0xFF, 0xFE) => payload[1] == 0xFF ? "ipx" : "llc",
            (0xF0, 0xF0) => "netbeui",
            (0xFE, 0xFE) => payload.Length < 4 ? "osi" : payload[3] switch
            {
                0x83 => "isis",
                0x82 => "es-is",
                0x81 => "clnp",
                _ => "osi",
            },
            _ => "llc",
        };
    }

    private static string NameOfSnap(ReadOnlySpan<byte> snap)
    {
        if (snap.Length < 5) return "llc";
        var protocol = U16(snap, 3);
        return U24(snap, 0) switch
        {
            // RFC 1042: the protocol is an EtherType. A length cannot stand there.
            0 when protocol >= FirstEtherType => Name(protocol, snap[5..]) ?? "llc",
            0x00000C => protocol switch
            {
                0x0104 => "pagp",
                0x010B => "stp",
                0x0111 => "udld",
                0x2000 => "cdp",
                0x2003 => "vtp",
                0x2004 => "dtp",
                _ => "llc",
            },
            0x00E02B => "edp",
            _ => "llc",
        };
    }
}
