using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>IKE: version, exchange type and the length of the datagram.</summary>
/// <remarks>RFC 7296 §3.1; RFC 3948 §2.2 (four zero bytes in front on port 4500).</remarks>
internal sealed class IsakmpSignature() : ProtocolSignature("isakmp", structureBits: 36, opaque: true)
{
    private const int HeaderBytes = 28;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data.Length < HeaderBytes) return ClaimVerdict.No;
        if (probe.Uses(4500) && U32(data, 0) == 0) data = data[4..];
        return Of(
            data.Length >= HeaderBytes && data[17] is 0x10 or 0x20 && data[18] is >= 1 and <= 6 or >= 32 and <= 40
            && U32(data, 24) == (uint)data.Length);
    }
}
