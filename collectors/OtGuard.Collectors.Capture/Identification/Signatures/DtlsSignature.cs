using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>DTLS 1.0 to 1.2: a datagram of records.</summary>
/// <remarks>RFC 6347 §4.1.</remarks>
internal sealed class DtlsSignature() : ProtocolSignature("dtls", structureBits: 30, opaque: true)
{
    private const int HeaderBytes = 13;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        return Of(
            data.Length > HeaderBytes && data[0] is >= 20 and <= 24 && data[1] == 0xFE && data[2] is 0xFF or 0xFD
            && data[3] == 0 && U16(data, 11) is > 0 and var length && HeaderBytes + length <= data.Length
            && (HeaderBytes + length == data.Length || data[HeaderBytes + length] is >= 20 and <= 24));
    }
}
