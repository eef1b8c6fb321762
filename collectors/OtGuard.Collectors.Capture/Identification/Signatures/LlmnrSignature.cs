using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Link-local multicast name resolution: a DNS message with one question on its port.</summary>
/// <remarks>RFC 4795 §2.1.1.</remarks>
internal sealed class LlmnrSignature() : ProtocolSignature("llmnr", structureBits: 24)
{
    private const ushort Port = 5355;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (!probe.Uses(Port) || data.Length < 17 || (data[2] & 0x78) != 0 || U16(data, 4) != 1) return ClaimVerdict.No;
        return Of(DnsSignature.Question(data, 12, out _) == ClaimVerdict.Yes);
    }
}
