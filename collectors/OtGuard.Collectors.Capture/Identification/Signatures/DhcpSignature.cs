using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>DHCP and BOOTP: operation, hardware address length and the magic cookie.</summary>
/// <remarks>RFC 2131 §2, §3.</remarks>
internal sealed class DhcpSignature() : ProtocolSignature("dhcp", structureBits: 40)
{
    private const int CookieAt = 236;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        return Of(
            data.Length >= CookieAt + 4 && data[0] is 1 or 2 && data[2] <= 16 && U32(data, CookieAt) == 0x63825363);
    }
}
