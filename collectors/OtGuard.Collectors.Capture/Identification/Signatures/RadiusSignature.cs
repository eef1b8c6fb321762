using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>RADIUS, on its ports: code, length, and attributes that fill it.</summary>
/// <remarks>RFC 2865 §3, §5; RFC 5176 §2.3.</remarks>
internal sealed class RadiusSignature() : ProtocolSignature("radius", structureBits: 14)
{
    private const int HeaderBytes = 20;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (!(probe.Uses(1812) || probe.Uses(1813) || probe.Uses(1645) || probe.Uses(1646) || probe.Uses(3799)))
            return ClaimVerdict.No;
        if (data.Length < HeaderBytes || data[0] is not (>= 1 and <= 5 or >= 11 and <= 13 or >= 40 and <= 45))
            return ClaimVerdict.No;
        var length = U16(data, 2);
        if (length < HeaderBytes || length > data.Length) return ClaimVerdict.No;
        var at = HeaderBytes;
        while (at + 2 <= length && data[at + 1] >= 2) at += data[at + 1];
        return Of(at == length);
    }
}
