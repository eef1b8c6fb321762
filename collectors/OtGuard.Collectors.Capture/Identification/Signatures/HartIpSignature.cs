using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>HART-IP: version 1, message type and identifier, byte count.</summary>
/// <remarks>FieldComm Group TS20085 (HCF_SPEC-085) §10.2: header of eight bytes, the count includes it.</remarks>
internal sealed class HartIpSignature() : ProtocolSignature("hart-ip", structureBits: 24)
{
    private const int HeaderBytes = 8;

    // A token-passing PDU: delimiter, address of 1 to 5 bytes, up to 3 expansion bytes, command, count, 255 bytes, check.
    private const int MaximumBytes = HeaderBytes + 1 + 5 + 3 + 1 + 1 + 255 + 1;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] != 1) return ClaimVerdict.No;
        if (data.Length > 1 && data[1] > 3) return ClaimVerdict.No;
        if (data.Length > 2 && data[2] > 4) return ClaimVerdict.No;
        if (data.Length < HeaderBytes) return ClaimVerdict.NeedMoreData;
        var count = U16(data, 6);
        var plausible = data[2] switch
        {
            // Session initiate: role and inactivity time; close and keep-alive: nothing.
            0 => count == 13 || (data[1] == 1 && count == HeaderBytes && data[3] != 0),
            1 or 2 => count == HeaderBytes,
            _ => count is >= HeaderBytes + 5 and <= MaximumBytes || (data[1] == 3 && count == HeaderBytes),
        };
        if (!plausible || (data[1] == 0 && data[3] != 0)) return ClaimVerdict.No;
        if (probe.Transport == Transport.Udp) return Of(count == data.Length);
        return Of(data.Length <= count || data[count] == 1);
    }
}
