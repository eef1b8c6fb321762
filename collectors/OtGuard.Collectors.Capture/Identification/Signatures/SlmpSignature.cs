using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Mitsubishi SLMP (MELSEC 3E and 4E frames, binary): subheader, route to the own station, length.</summary>
/// <remarks>Mitsubishi SH-080956ENG (SLMP reference) §4.</remarks>
internal sealed class SlmpSignature() : ProtocolSignature("slmp", structureBits: 48)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] is not (0x50 or 0xD0 or 0x54 or 0xD4)) return ClaimVerdict.No;
        if (data.Length > 1 && data[1] != 0) return ClaimVerdict.No;
        // 4E frames carry a serial number and two bytes of 0.
        var serial = (data[0] & 4) != 0;
        var at = serial ? 6 : 2;
        if (data.Length < at + 7) return ClaimVerdict.NeedMoreData;
        if (serial && U16(data, 4) != 0) return ClaimVerdict.No;
        // Network, station FF (own), module 03FF (own), multidrop station, length of the rest.
        var length = U16Little(data, at + 5);
        return Of(
            data[at + 1] == 0xFF && U16Little(data, at + 2) == 0x03FF && length >= 2
            && (probe.Transport == Transport.Tcp || at + 7 + length == data.Length));
    }
}
