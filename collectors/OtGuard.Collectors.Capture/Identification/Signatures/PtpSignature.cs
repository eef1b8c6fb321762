using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>PTP over UDP, on its ports: message type, version and a length within the datagram.</summary>
/// <remarks>IEEE 1588-2019 §13.3; IEEE 1588-2002 §D.</remarks>
internal sealed class PtpSignature() : ProtocolSignature("ptp", structureBits: 5)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (!(probe.Uses(319) || probe.Uses(320)) || data.Length < 34) return ClaimVerdict.No;
        if ((data[1] & 15) == 2)
            return Of((data[0] & 15) is <= 3 or >= 8 and <= 13 && U16(data, 2) is >= 34 and var length && length <= data.Length);
        return Of(U16(data, 0) == 1 && U16(data, 2) == 1);
    }
}
