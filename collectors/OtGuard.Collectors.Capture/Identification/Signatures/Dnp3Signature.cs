using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>DNP3: start bytes, length and the header's CRC.</summary>
/// <remarks>IEEE 1815-2012 §9.2.4.</remarks>
internal sealed class Dnp3Signature() : ProtocolSignature("dnp3", structureBits: 32)
{
    private const int HeaderBytes = 10;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        var begins = Begins(data, [0x05, 0x64]);
        if (begins != ClaimVerdict.Yes) return begins;
        if (data.Length > 2 && data[2] < 5) return ClaimVerdict.No;
        if (data.Length < HeaderBytes) return ClaimVerdict.NeedMoreData;
        return Of(U16Little(data, 8) == Crc(data[..8]));
    }

    // Polynomial 3D65h reflected, initially 0, complemented at the end.
    private static int Crc(ReadOnlySpan<byte> data)
    {
        var crc = 0;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xA6BC : crc >> 1;
        }

        return ~crc & 0xFFFF;
    }
}
