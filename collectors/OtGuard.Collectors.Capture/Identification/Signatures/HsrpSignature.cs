using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>HSRP, on its port: version 1 by its fixed length, version 2 by its group state element.</summary>
/// <remarks>RFC 2281 §5; Cisco HSRP version 2.</remarks>
internal sealed class HsrpSignature() : ProtocolSignature("hsrp", structureBits: 14)
{
    private const ushort Port = 1985;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (!probe.Uses(Port) || data.Length < 20) return ClaimVerdict.No;
        return Of((data[0] == 0 && data[1] <= 3 && data[7] == 0) || (data[0] == 1 && data[1] == 40 && data[2] == 2));
    }
}
