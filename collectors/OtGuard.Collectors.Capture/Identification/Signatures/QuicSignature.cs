using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>QUIC: a long header of a known version, or Google's older form with its version in text.</summary>
/// <remarks>RFC 9000 §17.2, RFC 9369 §3.1; draft-hamilton-early-deployment-quic-00 §6.1. Short headers have nothing to tell.</remarks>
internal sealed class QuicSignature() : ProtocolSignature("quic", structureBits: 32, opaque: true)
{
    // A client's first datagram is padded to 1200 bytes; a server's answer may be a version negotiation.
    private const int MinimumBytes = 21;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data.Length < MinimumBytes) return ClaimVerdict.No;
        if ((data[0] & 0xC0) == 0xC0)
            return Of(data[5] <= 20 && (U32(data, 1) is 1 or 0x6B3343CF || U32(data, 1) >> 8 == 0xFF0000));
        // Public flags: version and an eight-byte connection identifier present; then Q0 and two digits.
        return Of(
            (data[0] & 0x89) == 0x09 && data[9] == 'Q' && data[10] == '0' && char.IsAsciiDigit((char)data[11])
            && char.IsAsciiDigit((char)data[12]));
    }
}
