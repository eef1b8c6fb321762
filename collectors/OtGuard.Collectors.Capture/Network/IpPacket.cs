using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>What came of reading an IP header.</summary>
internal enum IpFault : byte
{
    None,
    HeaderCut,
    NotThisVersion,
    HeaderLengthWrong,
    TotalLengthWrong,
    TooManyExtensionHeaders,
}

/// <summary>An IPv4 or IPv6 packet, its header read and its payload cut to the length the header states.</summary>
internal ref struct IpPacket
{
    /// <summary>
    /// Extension headers walked before a packet counts as malformed: RFC 8200 §4.1 lets every kind occur once, destination
    /// options twice.
    /// </summary>
    private const int MaximumExtensionHeaders = 8;

    public AddressKind Kind;
    public byte Protocol;
    public ulong SourceHigh;
    public ulong SourceLow;
    public ulong DestinationHigh;
    public ulong DestinationLow;

    /// <summary>The identification field: 16 bits for IPv4, 32 from a fragment header for IPv6.</summary>
    public uint Identification;

    /// <summary>Offset of this fragment in bytes.</summary>
    public int FragmentOffset;
    public bool MoreFragments;
    public bool ChecksumWrong;
    public ReadOnlySpan<byte> Payload;

    /// <summary>Payload bytes that the header announces and the capture does not hold.</summary>
    public int MissingTail;

    /// <summary>Bytes up to the end of the packet by its header; what follows in the frame is padding or a trailer.</summary>
    public int Length;

    public readonly bool IsFragment => MoreFragments || FragmentOffset > 0;

    /// <summary>Reads an IPv4 header (RFC 791 §3.1).</summary>
    public static IpFault TryReadV4(ReadOnlySpan<byte> data, out IpPacket packet)
    {
        packet = default;
        if (data.Length < 20) return IpFault.HeaderCut;
        var versionAndLength = data[0];
        if (versionAndLength >> 4 != 4) return IpFault.NotThisVersion;
        var headerLength = (versionAndLength & 15) * 4;
        if (headerLength < 20) return IpFault.HeaderLengthWrong;
        if (headerLength > data.Length) return IpFault.HeaderCut;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);

        // Segmentation offload leaves 0 in a capture taken on the sending host: everything captured belongs to it.
        if (totalLength == 0) totalLength = data.Length;
        if (totalLength < headerLength) return IpFault.TotalLengthWrong;
        var fragment = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        packet.Kind = AddressKind.IPv4;
        packet.Protocol = data[9];
        packet.SourceLow = BinaryPrimitives.ReadUInt32BigEndian(data[12..]);
        packet.DestinationLow = BinaryPrimitives.ReadUInt32BigEndian(data[16..]);
        packet.Identification = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        packet.FragmentOffset = (fragment & 0x1FFF) * 8;
        packet.MoreFragments = (fragment & 0x2000) != 0;
        packet.ChecksumWrong = !HeaderSumIsRight(data[..headerLength]);
        packet.Length = totalLength;
        var end = Math.Min(totalLength, data.Length);
        packet.Payload = data[headerLength..end];
        packet.MissingTail = totalLength - end;
        return IpFault.None;
    }

    /// <summary>Reads an IPv6 header and its extension headers (RFC 8200 §3, §4; AH: RFC 4302 §2).</summary>
    public static IpFault TryReadV6(ReadOnlySpan<byte> data, out IpPacket packet)
    {
        packet = default;
        if (data.Length < 40) return IpFault.HeaderCut;
        if (data[0] >> 4 != 6) return IpFault.NotThisVersion;
        int payloadLength = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        packet.Kind = AddressKind.IPv6;
        packet.SourceHigh = BinaryPrimitives.ReadUInt64BigEndian(data[8..]);
        packet.SourceLow = BinaryPrimitives.ReadUInt64BigEndian(data[16..]);
        packet.DestinationHigh = BinaryPrimitives.ReadUInt64BigEndian(data[24..]);
        packet.DestinationLow = BinaryPrimitives.ReadUInt64BigEndian(data[32..]);

        // 0 with a hop-by-hop header is a jumbogram, else segmentation offload; either way what was captured belongs to it.
        var end = payloadLength == 0 ? data.Length : Math.Min(40 + payloadLength, data.Length);
        packet.Length = payloadLength == 0 ? data.Length : 40 + payloadLength;
        packet.MissingTail = packet.Length - end;
        var at = 40;
        int next = data[6];
        for (var headers = 0; headers < MaximumExtensionHeaders; headers++)
        {
            int length;
            switch (next)
            {
                case 0 or 43 or 60 or 135 or 139 or 140: // hop-by-hop, routing, destination, mobility, HIP, shim6
                    if (at + 8 > end) return IpFault.HeaderCut;
                    length = (data[at + 1] + 1) * 8;
                    break;
                case 51: // AH counts in words of four bytes
                    if (at + 8 > end) return IpFault.HeaderCut;
                    length = (data[at + 1] + 2) * 4;
                    break;
                case 44:
                    if (at + 8 > end) return IpFault.HeaderCut;
                    length = 8;
                    var fragment = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
                    packet.FragmentOffset = fragment & 0xFFF8;
                    packet.MoreFragments = (fragment & 1) != 0;
                    packet.Identification = BinaryPrimitives.ReadUInt32BigEndian(data[(at + 4)..]);
                    break;
                default:
                    packet.Protocol = (byte)next;
                    packet.Payload = data[at..end];
                    return IpFault.None;
            }

            var isFragmentHeader = next == 44;
            next = data[at];
            if (at + length > end) return IpFault.HeaderCut;
            at += length;

            // Behind a fragment header, only the first fragment has what the next header promises.
            if (isFragmentHeader && packet.IsFragment)
            {
                packet.Protocol = (byte)next;
                packet.Payload = data[at..end];
                return IpFault.None;
            }
        }

        return IpFault.TooManyExtensionHeaders;
    }

    /// <summary>The ones' complement sum of a header, checksum included, is all ones (RFC 1071).</summary>
    private static bool HeaderSumIsRight(ReadOnlySpan<byte> header)
    {
        // Addition of 32-bit words into 64 bits; byte order does not matter to the sum (RFC 1071 §2).
        ulong sum = 0;
        if (header.Length == 20)
        {
            var first = BinaryPrimitives.ReadUInt64LittleEndian(header);
            var second = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
            sum = (first & 0xFFFF_FFFF) + (first >> 32) + (second & 0xFFFF_FFFF) + (second >> 32)
                + BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
            return Fold(sum) == 0xFFFF;
        }

        for (; header.Length >= 4; header = header[4..]) sum += BinaryPrimitives.ReadUInt32LittleEndian(header);
        return Fold(sum) == 0xFFFF;
    }

    /// <summary>The ones' complement sum of any bytes, folded to 16 bits in the order of the machine's words.</summary>
    public static uint Sum(ReadOnlySpan<byte> data, ulong sum = 0)
    {
        if (data.Length >= 64)
        {
            // Four lanes of 64 bits take a 32-bit word each; they cannot overflow below 2^32 words.
            var low = Vector256.Create(0xFFFF_FFFFul);
            var lanes = Vector256<ulong>.Zero;
            for (; data.Length >= 32; data = data[32..])
            {
                var words = Vector256.Create<byte>(data).AsUInt64();
                lanes += (words & low) + (words >>> 32);
            }

            sum += Vector256.Sum(lanes);
        }

        for (; data.Length >= 8; data = data[8..])
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(data);
            sum += (word & 0xFFFF_FFFF) + (word >> 32);
        }

        if (data.Length >= 4)
        {
            sum += BinaryPrimitives.ReadUInt32LittleEndian(data);
            data = data[4..];
        }

        if (data.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16LittleEndian(data);
            data = data[2..];
        }

        if (data.Length == 1) sum += data[0];
        return Fold(sum);
    }

    public static uint Fold(ulong sum)
    {
        sum = (sum >> 32) + (sum & 0xFFFF_FFFF);
        sum = (sum >> 16) + (sum & 0xFFFF);
        sum = (sum >> 16) + (sum & 0xFFFF);
        sum = (sum >> 16) + (sum & 0xFFFF);
        return (uint)sum;
    }
}
