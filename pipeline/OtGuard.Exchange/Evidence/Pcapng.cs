using System.Buffers.Binary;

namespace OtGuard.Exchange.Evidence;

/// <summary>A frame of evidence.</summary>
/// <param name="Nanoseconds">When it was captured, since 1970.</param>
/// <param name="LinkType">The link type (<c>LINKTYPE_…</c>).</param>
/// <param name="Number">Its number in the run that kept it, or in the captures; 0 where it is not known.</param>
/// <param name="OriginalLength">How long it was on the line.</param>
/// <param name="Data">Its bytes.</param>
public sealed record EvidenceFrame(long Nanoseconds, ushort LinkType, long Number, int OriginalLength, byte[] Data);

/// <summary>Reads and writes frames as pcapng (draft-ietf-opsawg-pcapng).</summary>
public static class Pcapng
{
    private const uint Section = 0x0A0D_0D0A;
    private const uint Interface = 1;
    private const uint EnhancedPacket = 6;
    private const uint ByteOrder = 0x1A2B_3C4D;
    private const int MostBlockBytes = 1 << 24;

    /// <summary>Reads all frames; what follows a torn block is left out.</summary>
    /// <exception cref="ExchangeFormatException">It is no pcapng file of little-endian byte order.</exception>
    public static IReadOnlyList<EvidenceFrame> Read(ReadOnlySpan<byte> bytes)
    {
        var frames = new List<EvidenceFrame>();
        var interfaces = new List<(ushort LinkType, int Resolution)>();
        if (bytes.Length < 28 || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Section
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != ByteOrder)
            throw new ExchangeFormatException("The evidence is no pcapng file of this program.");
        while (bytes.Length >= 12)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
            if (length is < 12 or > MostBlockBytes || length % 4 != 0 || length > bytes.Length) break;
            var block = bytes[..length];
            switch (BinaryPrimitives.ReadUInt32LittleEndian(block))
            {
                case Section:
                    interfaces.Clear();
                    break;
                case Interface when length >= 20:
                    interfaces.Add((BinaryPrimitives.ReadUInt16LittleEndian(block[8..]), Resolution(block[16..^4])));
                    break;
                case EnhancedPacket when length >= 32:
                    if (ReadFrame(block, interfaces) is { } frame) frames.Add(frame);
                    break;
                default:
                    break;
            }

            bytes = bytes[length..];
        }

        return frames;
    }

    /// <summary>Writes frames; one interface for each link type, without a name.</summary>
    public static byte[] Write(IReadOnlyList<EvidenceFrame> frames)
    {
        using var stream = new MemoryStream();
        Span<byte> section = stackalloc byte[28];
        Begin(section, Section);
        BinaryPrimitives.WriteUInt32LittleEndian(section[8..], ByteOrder);
        BinaryPrimitives.WriteUInt16LittleEndian(section[12..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(section[16..], -1);
        stream.Write(section);
        var linkTypes = frames.Select(frame => frame.LinkType).Distinct().Order().ToList();
        Span<byte> one = stackalloc byte[32];
        foreach (var linkType in linkTypes)
        {
            one.Clear();
            Begin(one, Interface);
            BinaryPrimitives.WriteUInt16LittleEndian(one[8..], linkType);
            BinaryPrimitives.WriteUInt16LittleEndian(one[16..], 9);
            BinaryPrimitives.WriteUInt16LittleEndian(one[18..], 1);
            one[20] = 9;
            stream.Write(one);
        }

        foreach (var frame in frames)
        {
            var padded = (frame.Data.Length + 3) & ~3;
            var block = new byte[32 + padded];
            Begin(block, EnhancedPacket);
            BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(8), linkTypes.IndexOf(frame.LinkType));
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(12), (uint)((ulong)frame.Nanoseconds >> 32));
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(16), (uint)frame.Nanoseconds);
            BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(20), frame.Data.Length);
            BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(24), Math.Max(frame.OriginalLength, frame.Data.Length));
            frame.Data.CopyTo(block, 28);
            stream.Write(block);
        }

        return stream.ToArray();
    }

    private static EvidenceFrame? ReadFrame(ReadOnlySpan<byte> block, List<(ushort LinkType, int Resolution)> interfaces)
    {
        var at = BinaryPrimitives.ReadInt32LittleEndian(block[8..]);
        var captured = BinaryPrimitives.ReadInt32LittleEndian(block[20..]);
        if (at < 0 || at >= interfaces.Count || captured < 0 || captured > block.Length - 32) return null;
        var units = ((long)BinaryPrimitives.ReadUInt32LittleEndian(block[12..]) << 32)
            | BinaryPrimitives.ReadUInt32LittleEndian(block[16..]);
        for (var digits = interfaces[at].Resolution; digits < 9; digits++) units *= 10;
        return new EvidenceFrame(
            units, interfaces[at].LinkType, NumberOf(block[(28 + ((captured + 3) & ~3))..^4]),
            BinaryPrimitives.ReadInt32LittleEndian(block[24..]), block.Slice(28, captured).ToArray());
    }

    /// <summary>Decimal digits of a second's fraction; 6 where the option is missing.</summary>
    private static int Resolution(ReadOnlySpan<byte> options)
    {
        const ushort resolution = 9;
        return Option(options, resolution) is { Length: 1 } value && value[0] <= 9 ? value[0] : 6;
    }

    private static long NumberOf(ReadOnlySpan<byte> options)
    {
        const ushort packetId = 5;
        var value = Option(options, packetId);
        return value.Length == 8 ? BinaryPrimitives.ReadInt64LittleEndian(value) : 0;
    }

    private static ReadOnlySpan<byte> Option(ReadOnlySpan<byte> options, ushort wanted)
    {
        while (options.Length >= 4)
        {
            var code = BinaryPrimitives.ReadUInt16LittleEndian(options);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(options[2..]);
            var padded = (length + 3) & ~3;
            if (code == 0 || 4 + padded > options.Length) return default;
            if (code == wanted) return options.Slice(4, length);
            options = options[(4 + padded)..];
        }

        return default;
    }

    private static void Begin(Span<byte> block, uint type)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(block, type);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], block.Length);
        BinaryPrimitives.WriteInt32LittleEndian(block[^4..], block.Length);
    }
}
