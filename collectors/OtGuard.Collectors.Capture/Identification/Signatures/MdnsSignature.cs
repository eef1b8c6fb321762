using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Multicast DNS: a DNS message on its port.</summary>
/// <remarks>RFC 6762 §18.</remarks>
internal sealed class MdnsSignature() : ProtocolSignature("mdns", structureBits: 14)
{
    private const ushort Port = 5353;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (!probe.Uses(Port) || data.Length < 12) return ClaimVerdict.No;
        // Only queries, without return codes; some record in any of the four sections.
        return Of(
            (data[2] & 0x78) == 0 && (data[3] & 0x0F) == 0 && data[4] == 0 && data[6] == 0
            && data[8] == 0 && data[10] == 0 && data[5] + data[7] + data[9] + data[11] > 0);
    }
}
