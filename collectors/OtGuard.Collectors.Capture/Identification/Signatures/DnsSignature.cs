using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>DNS: header flags, counts and the question; over TCP only on its port, there with a length in front.</summary>
/// <remarks>RFC 1035 §4.1, §4.2.2.</remarks>
internal sealed class DnsSignature() : ProtocolSignature("dns", structureBits: 24)
{
    private const ushort Port = 53;
    private const int HeaderBytes = 12;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (probe.Transport == Transport.Tcp)
        {
            if (!probe.Uses(Port)) return ClaimVerdict.No;
            if (data.Length < 2 + HeaderBytes) return ClaimVerdict.NeedMoreData;
            if (U16(data, 0) < HeaderBytes + 5) return ClaimVerdict.No;
            data = data[2..];
        }

        // Opcode query or update, reserved bit clear, one question, and the ports of its variants keep their own name.
        if (data.Length < HeaderBytes || (data[2] & 0x78) is not (0 or 0x28) || (data[3] & 0x40) != 0)
            return ClaimVerdict.No;
        if (U16(data, 4) != 1 || (data[2] < 0x80 && (data[3] & 15) != 0)) return ClaimVerdict.No;
        return Question(data, HeaderBytes, out var next) switch
        {
            ClaimVerdict.Yes => Of(U16(data, next - 2) is 1 or 3 or 255),
            ClaimVerdict.NeedMoreData when probe.Transport == Transport.Tcp => ClaimVerdict.NeedMoreData,
            _ => ClaimVerdict.No,
        };
    }

    /// <summary>A name of labels that hold printable characters, a type below 260 (or of the reserved top), a class.</summary>
    internal static ClaimVerdict Question(ReadOnlySpan<byte> data, int at, out int next)
    {
        next = 0;
        while (true)
        {
            if (at >= data.Length) return ClaimVerdict.NeedMoreData;
            var label = data[at];
            if (label == 0) break;
            if (label > 63) return ClaimVerdict.No;
            if (at + 1 + label > data.Length) return ClaimVerdict.NeedMoreData;
            if (!IsText(data.Slice(at + 1, label))) return ClaimVerdict.No;
            at += 1 + label;
        }

        next = at + 5;
        if (next > data.Length) return ClaimVerdict.NeedMoreData;
        return Of(U16(data, at + 1) is > 0 and < 260 or >= 32768 and <= 32769);
    }
}
