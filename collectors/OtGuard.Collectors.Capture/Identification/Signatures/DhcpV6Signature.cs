using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>DHCPv6 on its ports: message type, and options that fill the datagram.</summary>
/// <remarks>RFC 8415 §7.2, §7.3, §8, §9.</remarks>
internal sealed class DhcpV6Signature() : ProtocolSignature("dhcpv6", structureBits: 12)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (!(probe.Uses(546) || probe.Uses(547)) || data.Length < 8) return ClaimVerdict.No;
        if (data[0] is 0 or > 36) return ClaimVerdict.No;
        var at = data[0] is 12 or 13 ? 34 : 4;
        if (data.Length < at + 4) return ClaimVerdict.No;
        while (at + 4 <= data.Length) at += 4 + U16(data, at + 2);
        return Of(at == data.Length);
    }
}
