using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>
/// IEC 60870-5-104: start, length and control fields; of an I format also type, cause and the number of objects, which
/// give the length once more. What follows an APDU must be another.
/// </summary>
/// <remarks>IEC 60870-5-104:2006 §5.1, IEC 60870-5-101:2003 §7.2, §7.3 (sizes of information elements).</remarks>
internal sealed class Iec104Signature() : ProtocolSignature("iec104", structureBits: 16)
{
    private const byte Start = 0x68;
    private const int MaximumLength = 253;
    private const int AsduHeaderBytes = 6;
    private const int ObjectAddressBytes = 3;

    // Bytes of one information object by type identification, without its address; 0: no such type, or one whose size
    // varies (file segments), where nothing is left to check. Empty objects (type 102) are stored as 255.
    private static ReadOnlySpan<byte> ElementBytes =>
    [
        0, 1, 4, 1, 4, 2, 5, 5, 8, 3, 6, 3, 6, 5, 8, 5,
        8, 6, 7, 7, 5, 2, 0, 0, 0, 0, 0, 0, 0, 0, 8, 8,
        9, 12, 10, 10, 12, 12, 10, 11, 11, 0, 0, 0, 0, 1, 1, 1,
        3, 3, 5, 4, 0, 0, 0, 0, 0, 0, 8, 8, 8, 10, 10, 12,
        11, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 1, 1, 255, 7, 2, 1, 2, 9, 0, 0, 3, 3,
        5, 1, 0, 0, 0, 0, 0, 0, 6, 7, 4, 5, 4, 0, 13, 0,
    ];

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] != Start) return ClaimVerdict.No;
        if (data.Length < 2) return ClaimVerdict.NeedMoreData;
        var length = data[1];
        if (length is < 4 or > MaximumLength) return ClaimVerdict.No;
        if (data.Length < 6) return ClaimVerdict.NeedMoreData;
        if ((data[2] & 3) == 3)
        {
            // U format: STARTDT, STOPDT, TESTFR, act or con.
            if (length != 4 || data[2] is not (0x07 or 0x0B or 0x13 or 0x23 or 0x43 or 0x83)) return ClaimVerdict.No;
            if (data[3] != 0 || data[4] != 0 || data[5] != 0) return ClaimVerdict.No;
        }
        else if ((data[2] & 3) == 1)
        {
            // S format: only the receive sequence number.
            if (length != 4 || data[2] != 1 || data[3] != 0 || (data[4] & 1) != 0) return ClaimVerdict.No;
        }
        else
        {
            if ((data[4] & 1) != 0 || length < 4 + AsduHeaderBytes + ObjectAddressBytes) return ClaimVerdict.No;
            if (data.Length < 2 + length)
                return data.Length > 6 && SizeOf(data[6]) < 0 ? ClaimVerdict.No : ClaimVerdict.NeedMoreData;
            if (!IsAsdu(data.Slice(6, length - 4))) return ClaimVerdict.No;
        }

        var next = data[(2 + length)..];
        return Of(next.IsEmpty || (next[0] == Start && (next.Length < 2 || next[1] is >= 4 and <= MaximumLength)));
    }

    private static bool IsAsdu(ReadOnlySpan<byte> asdu)
    {
        var size = SizeOf(asdu[0]);
        var count = asdu[1] & 0x7F;
        if (size < 0 || count == 0 || (asdu[2] & 0x3F) is not (>= 1 and <= 13 or >= 20 and <= 41 or >= 44 and <= 47))
            return false;
        // SQ 1: one address for a sequence of elements; SQ 0: an address for each.
        var objects = (asdu[1] & 0x80) != 0 ? ObjectAddressBytes + count * size : count * (ObjectAddressBytes + size);
        return AsduHeaderBytes + objects == asdu.Length;
    }

    private static int SizeOf(byte type) =>
        type >= ElementBytes.Length || ElementBytes[type] == 0 ? -1 : ElementBytes[type] == 255 ? 0 : ElementBytes[type];
}
