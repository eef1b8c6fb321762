using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Omron FINS: over TCP by its magic; over UDP by its header, and there only on its port.</summary>
/// <remarks>Omron W421 (FINS/TCP §7-4), W227 (FINS header §3-2). The UDP header has no constant but a reserved byte.</remarks>
internal sealed class FinsSignature() : ProtocolSignature("fins", structureBits: 19)
{
    private const ushort Port = 9600;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (probe.Transport == Transport.Tcp) return Begins(data, "FINS\0\0"u8);
        // ICF with its four free bits 0, RSV 0, gate count at most 7, then addresses and the command's two bytes.
        return Of(
            probe.Uses(Port) && data.Length >= 12 && (data[0] & 0b0011_1110) == 0 && (data[0] & 0x80) != 0
            && data[1] == 0 && data[2] <= 7 && data[10] is >= 1 and <= 0x2F && data[11] <= 0x7F);
    }
}
