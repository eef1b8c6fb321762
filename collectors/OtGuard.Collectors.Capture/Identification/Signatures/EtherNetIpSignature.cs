using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>EtherNet/IP encapsulation: command, status and options agree, the length is the command's.</summary>
/// <remarks>CIP Networks Library vol. 2, §2-3.</remarks>
internal sealed class EtherNetIpSignature() : ProtocolSignature("enip", structureBits: 64)
{
    private const int HeaderBytes = 24;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] is not (0x04 or 0x63 or 0x64 or 0x65 or 0x66 or 0x6F or 0x70)) return ClaimVerdict.No;
        if (data.Length > 1 && data[1] != 0) return ClaimVerdict.No;
        if (data.Length < HeaderBytes) return ClaimVerdict.NeedMoreData;
        var length = U16Little(data, 2);
        var session = U32(data, 4);
        if (U32Little(data, 8) is not (0 or 1 or 2 or 3 or 0x64 or 0x65 or 0x69) || U32(data, 20) != 0)
            return ClaimVerdict.No;
        if (probe.Transport == Transport.Udp && HeaderBytes + length != data.Length) return ClaimVerdict.No;
        return data[0] switch
        {
            // Without a session.
            0x04 or 0x63 or 0x64 => Of(session == 0),
            0x65 => Of(length == 4 || (length == 0 && U32(data, 8) != 0)),
            // Only its port tells a lone UnRegisterSession: it has no body.
            0x66 => Of(length == 0 && session != 0 && probe.Uses(44818)),
            // Interface handle 0 (CIP), time-out, item count: six bytes and the count, unless refused.
            _ => data.Length < HeaderBytes + 4 && length > 0
                ? ClaimVerdict.NeedMoreData
                : Of(length >= 8 ? U32(data, HeaderBytes) == 0 : length == 0 && U32(data, 8) != 0),
        };
    }
}
