using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Synchrophasors: sync word with frame type and version, frame size, and the checksum where it is in reach.</summary>
/// <remarks>IEEE C37.118.2-2011 §6.2. A stream's frame too long to be checked is claimed on the registered port only.</remarks>
internal sealed class SynchrophasorSignature() : ProtocolSignature("synchrophasor", structureBits: 14)
{
    private const ushort TcpPort = 4712;
    private const ushort UdpPort = 4713;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] != 0xAA) return ClaimVerdict.No;
        if (data.Length > 1 && (data[1] >> 4 > 5 || (data[1] & 15) is not (1 or 2))) return ClaimVerdict.No;
        if (data.Length < 16) return ClaimVerdict.NeedMoreData;
        var size = U16(data, 2);
        if (size < 16) return ClaimVerdict.No;
        if (data.Length >= size)
        {
            if (probe.Transport == Transport.Udp && size != data.Length) return ClaimVerdict.No;
            return Of(U16(data, size - 2) == Crc(data[..(size - 2)]));
        }

        if (probe.Transport == Transport.Udp) return ClaimVerdict.No;
        if (size <= ProtocolIdentifier.EnoughBytes) return ClaimVerdict.NeedMoreData;
        return Of((probe.Uses(TcpPort) || probe.Uses(UdpPort)) && size <= 1 << 14);
    }

    // CRC-CCITT: polynomial 1021h, initially FFFFh.
    private static int Crc(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFF;
        foreach (var value in data)
        {
            crc ^= value << 8;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x1021) & 0xFFFF : crc << 1 & 0xFFFF;
        }

        return crc;
    }
}
