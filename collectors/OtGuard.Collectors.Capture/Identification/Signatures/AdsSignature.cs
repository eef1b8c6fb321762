using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Beckhoff ADS over AMS/TCP: reserved field, two lengths that agree, command and state flags.</summary>
/// <remarks>Beckhoff Information System, ADS/AMS specification (TE1000), AMS/TCP header and AMS header.</remarks>
internal sealed class AdsSignature() : ProtocolSignature("ads", structureBits: 60)
{
    private const int TcpHeaderBytes = 6;
    private const int AmsHeaderBytes = 32;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] != 0 || (data.Length > 1 && data[1] != 0)) return ClaimVerdict.No;
        if (data.Length < TcpHeaderBytes) return ClaimVerdict.NeedMoreData;
        var length = U32Little(data, 2);
        if (length is < AmsHeaderBytes or > 1 << 24) return ClaimVerdict.No;
        if (data.Length < TcpHeaderBytes + AmsHeaderBytes) return ClaimVerdict.NeedMoreData;
        var ams = data[TcpHeaderBytes..];
        return Of(
            U16Little(ams, 16) is >= 1 and <= 9 && (U16Little(ams, 18) & 0xFFBE) == 4
            && U32Little(ams, 20) == length - AmsHeaderBytes);
    }
}
