using System.Buffers.Binary;

namespace OtGuard.Collectors.Capture.Identification;

/// <summary>Reading of fixed offsets, and the checks that several signatures share.</summary>
internal static class Fields
{
    public static int U16(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16BigEndian(data[at..]);

    public static int U16Little(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    public static int U24(ReadOnlySpan<byte> data, int at) => data[at] << 16 | U16(data, at + 1);

    public static int U24Little(ReadOnlySpan<byte> data, int at) => U16Little(data, at) | data[at + 2] << 16;

    public static uint U32(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32BigEndian(data[at..]);

    public static uint U32Little(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    /// <summary>Yes where the data begins with the constant, NeedMoreData where it may still.</summary>
    public static ClaimVerdict Begins(ReadOnlySpan<byte> data, ReadOnlySpan<byte> constant) =>
        data.Length >= constant.Length ? Of(data.StartsWith(constant))
        : constant.StartsWith(data) ? ClaimVerdict.NeedMoreData
        : ClaimVerdict.No;

    public static ClaimVerdict Of(bool condition) => condition ? ClaimVerdict.Yes : ClaimVerdict.No;

    /// <summary>True where either side uses the port.</summary>
    public static bool Uses(this in Probe probe, ushort port) =>
        probe.SourcePort == port || probe.DestinationPort == port;

    /// <summary>True for bytes that make up lines of text: printable ASCII, tab, CR and LF, UTF-8 continuation too.</summary>
    public static bool IsText(ReadOnlySpan<byte> data)
    {
        foreach (var value in data)
            if (value is < 0x20 and not ((byte)'\t' or (byte)'\r' or (byte)'\n') or 0x7F) return false;
        return true;
    }

    /// <summary>
    /// Reads a BER length (X.690 §8.1.3), definite form up to three length octets. Returns the offset behind it, 0
    /// where more is needed, -1 where it is none.
    /// </summary>
    public static int BerLength(ReadOnlySpan<byte> data, int at, out int length)
    {
        length = 0;
        if (at >= data.Length) return 0;
        var first = data[at];
        if (first < 0x80)
        {
            length = first;
            return at + 1;
        }

        var octets = first & 0x7F;
        if (octets is 0 or > 3) return -1;
        if (at + 1 + octets > data.Length) return 0;
        for (var i = 1; i <= octets; i++) length = length << 8 | data[at + i];
        return at + 1 + octets;
    }

    /// <summary>Skips a BER tag and its length; results as for <see cref="BerLength"/>.</summary>
    public static int BerHeader(ReadOnlySpan<byte> data, int at, byte tag, out int length)
    {
        length = 0;
        if (at >= data.Length) return 0;
        return data[at] == tag ? BerLength(data, at + 1, out length) : -1;
    }

    /// <summary>NeedMoreData for <see cref="BerLength"/>'s 0, No for its -1.</summary>
    public static ClaimVerdict Unfinished(int berResult) => berResult == 0 ? ClaimVerdict.NeedMoreData : ClaimVerdict.No;
}
