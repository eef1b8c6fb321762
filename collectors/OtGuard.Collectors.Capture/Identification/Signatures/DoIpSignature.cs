using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Diagnostics over IP: version and its inverse, payload type, and the length that the type has.</summary>
/// <remarks>ISO 13400-2:2019 §8.1, tables 16 and 17.</remarks>
internal sealed class DoIpSignature() : ProtocolSignature("doip", structureBits: 30)
{
    private const int HeaderBytes = 8;

    // No diagnostic message is longer: ISO 15765-2 and UDS transfers stay below 2^20.
    private const uint MaximumBytes = 1 << 20;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] is not (1 or 2 or 3 or 4 or 0xFF)) return ClaimVerdict.No;
        if (data.Length > 1 && (data[0] ^ data[1]) != 0xFF) return ClaimVerdict.No;
        if (data.Length < HeaderBytes) return ClaimVerdict.NeedMoreData;
        var length = U32(data, 4);
        if (probe.Transport == Transport.Udp && HeaderBytes + length != (uint)data.Length) return ClaimVerdict.No;
        return Of(U16(data, 2) switch
        {
            0x0000 or 0x4004 => length == 1,
            0x0001 or 0x0007 or 0x4001 or 0x4003 => length == 0,
            0x0002 => length == 6,
            0x0003 => length == 17,
            0x0004 => length is 32 or 33,
            0x0005 => length is 7 or 11,
            0x0006 => length is 9 or 13,
            0x0008 => length == 2,
            0x4002 => length is 3 or 7,
            0x8001 or 0x8002 or 0x8003 => length is >= 5 and <= MaximumBytes,
            _ => false,
        });
    }
}
