using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>KNXnet/IP: header length, version, service type and total length.</summary>
/// <remarks>ISO 22510:2019 §5.2 (KNXnet/IP header 06 10).</remarks>
internal sealed class KnxNetIpSignature() : ProtocolSignature("knxnet-ip", structureBits: 40)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        return Of(
            data.Length >= 6 && data[0] == 6 && data[1] == 0x10 && data[2] is >= 2 and <= 9 && (data[3] & 0xC0) == 0
            && U16(data, 4) == data.Length);
    }
}
