using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>SOME/IP, with its segmented form: protocol version, message type, return code and length agree.</summary>
/// <remarks>AUTOSAR PRS SOMEIPProtocol R22-11 §4.1.2 (header), §4.2.1.4 (SOME/IP-TP).</remarks>
internal sealed class SomeIpSignature() : ProtocolSignature("someip", structureBits: 30)
{
    private const int HeaderBytes = 16;

    // Over TCP the length has no bound of its own. Below 2^17 it cannot be confused with a Modbus header, whose length
    // field (at least 2) lies in the same upper half; longer messages are not claimed by their first one.
    private const uint MaximumStreamLength = (1 << 17) - 1;

    public override ClaimVerdict Match(in Probe probe) => Message(probe);

    internal static ClaimVerdict Message(in Probe probe)
    {
        var data = probe.Data;
        var stream = probe.Transport == Transport.Tcp;
        if (data.Length >= 8)
        {
            // The length counts from the request identifier on.
            var length = U32(data, 4);
            if (length < 8 || length > (stream ? MaximumStreamLength : (uint)data.Length - 8)) return ClaimVerdict.No;
        }

        if (data.Length > 12 && data[12] != 1) return ClaimVerdict.No;
        if (data.Length > 14 && data[14] is not (0 or 1 or 2 or 0x20 or 0x21 or 0x22 or 0x80 or 0x81 or 0xA0 or 0xA1))
            return ClaimVerdict.No;
        if (data.Length < HeaderBytes) return ClaimVerdict.NeedMoreData;
        // Requests and notifications have return code 0.
        if (data[15] > ((data[14] & 0x80) != 0 ? 0x5E : 0)) return ClaimVerdict.No;
        if (stream) return ClaimVerdict.Yes;
        // A datagram may hold several messages; they fill it.
        var next = 8 + (int)U32(data, 4);
        while (next < data.Length)
        {
            if (data.Length - next < HeaderBytes || data[next + 12] != 1) return ClaimVerdict.No;
            var length = U32(data, next + 4);
            if (length < 8 || length > (uint)(data.Length - next - 8)) return ClaimVerdict.No;
            next += 8 + (int)length;
        }

        return ClaimVerdict.Yes;
    }
}
