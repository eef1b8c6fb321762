using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>WireGuard: the handshake's messages, by type, reserved bytes and fixed length.</summary>
/// <remarks>J. Donenfeld, WireGuard white paper §5.4.</remarks>
internal sealed class WireGuardSignature() : ProtocolSignature("wireguard", structureBits: 30, opaque: true)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        return Of(data.Length switch
        {
            148 => U32(data, 0) == 0x0100_0000,
            92 => U32(data, 0) == 0x0200_0000,
            64 => U32(data, 0) == 0x0300_0000,
            _ => false,
        });
    }
}
