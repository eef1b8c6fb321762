using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>TLS and SSL 3.0: records whose type, version and length agree with what is in them.</summary>
/// <remarks>RFC 8446 §4, §5.1; RFC 5246 §6.2.1; RFC 6101 §5.2.</remarks>
internal sealed class TlsSignature() : ProtocolSignature("tls", structureBits: 20, opaque: true)
{
    private const int HeaderBytes = 5;

    // 2^14 bytes of plaintext and at most 2048 of expansion.
    private const int MaximumRecordBytes = 16384 + 2048;

    // Application data has nothing to check but its header. Unless another record follows, wait for this much of it:
    // more than a short request of another protocol has, which can look like a header with a long record to come.
    private const int ConvincingRecordBytes = 64;

    public override ClaimVerdict Match(in Probe probe) => Records(probe.Data);

    internal static ClaimVerdict Records(ReadOnlySpan<byte> data)
    {
        var first = Record(data);
        if (first != ClaimVerdict.Yes) return first;
        var next = HeaderBytes + U16(data, 3);
        // What follows must be a record as well.
        return data.Length <= next || Header(data[next..]) != ClaimVerdict.No ? ClaimVerdict.Yes : ClaimVerdict.No;
    }

    private static ClaimVerdict Record(ReadOnlySpan<byte> data)
    {
        var header = Header(data);
        if (header != ClaimVerdict.Yes) return header;
        var length = U16(data, 3);
        switch (data[0])
        {
            case 20:
                return data.Length < 6 ? ClaimVerdict.NeedMoreData : Of(length == 1 && data[5] == 1);
            case 21 when length == 2:
                return data.Length < 7 ? ClaimVerdict.NeedMoreData : Of(data[5] is 1 or 2);
            case 22:
                // ClientHello, ServerHello and the rest of a handshake; its own length fits in the record unless it is
                // fragmented. A hello names the version again.
                if (length < 4) return ClaimVerdict.No;
                if (data.Length < 9) return ClaimVerdict.NeedMoreData;
                if (data[5] is not (0 or 1 or 2 or 4 or 11 or 12 or 13 or 14 or 16 or 20) || data[6] != 0)
                    return ClaimVerdict.No;
                if (data[5] is not (1 or 2)) return Of(U24(data, 6) + 4 <= length);
                return data.Length < 11 ? ClaimVerdict.NeedMoreData : Of(length >= 6 && data[9] == 3 && data[10] <= 4);
            default:
                if (data[0] == 21 && length < 16) return ClaimVerdict.No;
                return data.Length >= Math.Min(HeaderBytes + length, ConvincingRecordBytes)
                    ? ClaimVerdict.Yes
                    : ClaimVerdict.NeedMoreData;
        }
    }

    private static ClaimVerdict Header(ReadOnlySpan<byte> data)
    {
        if (data[0] is < 20 or > 24) return ClaimVerdict.No;
        if (data.Length > 1 && data[1] != 3) return ClaimVerdict.No;
        if (data.Length > 2 && data[2] > 4) return ClaimVerdict.No;
        if (data.Length < HeaderBytes) return ClaimVerdict.NeedMoreData;
        return Of(U16(data, 3) is > 0 and <= MaximumRecordBytes);
    }
}
