using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>CIP I/O messages over UDP: two items, a sequenced or null address and connected data.</summary>
/// <remarks>CIP Networks Library vol. 2, §2-6, §3-2.</remarks>
internal sealed class CipIoSignature() : ProtocolSignature("cip-io", structureBits: 64)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        return Of(
            data.Length >= 18 && U16Little(data, 0) == 2 && U16Little(data, 2) == 0x8002 && U16Little(data, 4) == 8
            && U16Little(data, 14) == 0x00B1 && 18 + U16Little(data, 16) == data.Length);
    }
}
