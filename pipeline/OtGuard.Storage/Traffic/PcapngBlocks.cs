using System.Buffers.Binary;
using System.Text;
using OtGuard.Collectors;

namespace OtGuard.Storage.Traffic;

/// <summary>The blocks of pcapng (draft-ietf-opsawg-pcapng) that segments consist of, written and read back.</summary>
/// <remarks>
/// Little-endian, times in nanoseconds. A frame carries its number as <c>epb_packetid</c>, so that evidence is found by it.
/// What is read are segments of this program alone; anything else ends the reading.
/// </remarks>
internal static class PcapngBlocks
{
    /// <summary>Bytes of the section header that begins a segment.</summary>
    public const int SectionBytes = 28;

    /// <summary>Bytes of a frame's block without its data and padding: fields, number, end of options, length.</summary>
    public const int FrameOverhead = 28 + 12 + 4 + 4;

    /// <summary>Longest name of an interface; a kernel's has 15 bytes, the rest is for paths of folders.</summary>
    public const int MaximumNameBytes = 256;

    private const uint Section = 0x0A0D_0D0A;
    private const uint Interface = 1;
    private const uint EnhancedPacket = 6;
    private const ushort NameOption = 2;
    private const ushort ResolutionOption = 9;
    private const ushort PacketIdOption = 5;

    /// <summary>Longest block believed: libpcap's largest frame and more.</summary>
    private const int MaximumBlockBytes = 1 << 20;

    /// <summary>Bytes of the block that names an interface.</summary>
    public static int InterfaceBytes(string name) => 16 + Option(NameBytes(name).Length) + Option(1) + 4 + 4;

    /// <summary>Bytes of a frame's block.</summary>
    public static int FrameBytes(int data) => FrameOverhead + Padded(data);

    public static void WriteSection(Span<byte> block)
    {
        Begin(block, Section, SectionBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], 0x1A2B_3C4D);
        BinaryPrimitives.WriteUInt16LittleEndian(block[12..], 1);
        BinaryPrimitives.WriteUInt16LittleEndian(block[14..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(block[16..], -1);
    }

    public static void WriteInterface(Span<byte> block, LinkType linkType, string name)
    {
        var bytes = NameBytes(name);
        block[..InterfaceBytes(name)].Clear();
        Begin(block, Interface, InterfaceBytes(name));
        BinaryPrimitives.WriteUInt16LittleEndian(block[8..], linkType.Value);
        var options = block[16..];
        BinaryPrimitives.WriteUInt16LittleEndian(options, NameOption);
        BinaryPrimitives.WriteUInt16LittleEndian(options[2..], (ushort)bytes.Length);
        bytes.CopyTo(options[4..]);
        options = options[Option(bytes.Length)..];
        BinaryPrimitives.WriteUInt16LittleEndian(options, ResolutionOption);
        BinaryPrimitives.WriteUInt16LittleEndian(options[2..], 1);
        options[4] = 9;
    }

    public static void WriteFrame(Span<byte> block, int number, in CapturedFrame frame)
    {
        var data = frame.Data;
        var length = FrameBytes(data.Length);
        Begin(block, EnhancedPacket, length);
        BinaryPrimitives.WriteInt32LittleEndian(block[8..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], (uint)((ulong)frame.Time.UnixNanoseconds >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(block[16..], (uint)frame.Time.UnixNanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(block[20..], data.Length);
        BinaryPrimitives.WriteInt32LittleEndian(block[24..], Math.Max(frame.OriginalLength, data.Length));
        data.CopyTo(block[28..]);
        var padded = Padded(data.Length);
        block.Slice(28 + data.Length, padded - data.Length).Clear();
        var options = block[(28 + padded)..];
        BinaryPrimitives.WriteUInt16LittleEndian(options, PacketIdOption);
        BinaryPrimitives.WriteUInt16LittleEndian(options[2..], 8);
        BinaryPrimitives.WriteInt64LittleEndian(options[4..], frame.Number);
        BinaryPrimitives.WriteInt32LittleEndian(options[12..], 0);
    }

    /// <summary>
    /// The length of the whole block at the beginning of <paramref name="bytes"/>; 0 where there is none, or only part of one.
    /// </summary>
    public static int WholeBlock(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 12) return 0;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        if (length is < 12 or > MaximumBlockBytes || length % 4 != 0 || length > bytes.Length) return 0;
        return BinaryPrimitives.ReadInt32LittleEndian(bytes[(length - 4)..]) == length ? length : 0;
    }

    /// <summary>Whether a whole block names an interface, and with it the block.</summary>
    public static bool IsInterface(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadUInt32LittleEndian(block) == Interface;

    /// <summary>Whether a whole block begins a segment.</summary>
    public static bool IsSection(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadUInt32LittleEndian(block) == Section;

    /// <summary>Reads what a whole block tells of its frame; false for a block that is none.</summary>
    public static bool TryReadFrame(ReadOnlySpan<byte> block, out StoredFrame frame)
    {
        frame = default;
        if (BinaryPrimitives.ReadUInt32LittleEndian(block) != EnhancedPacket || block.Length < FrameOverhead) return false;
        var captured = BinaryPrimitives.ReadInt32LittleEndian(block[20..]);
        if (captured < 0 || captured > block.Length - FrameOverhead) return false;
        var time = (long)BinaryPrimitives.ReadUInt32LittleEndian(block[12..]) << 32
            | BinaryPrimitives.ReadUInt32LittleEndian(block[16..]);
        var number = BinaryPrimitives.ReadInt64LittleEndian(block[(28 + Padded(captured) + 4)..]);
        frame = new StoredFrame(new CaptureTime(time), number, BinaryPrimitives.ReadInt32LittleEndian(block[8..]));
        return true;
    }

    /// <summary>The bytes of the frame of a whole block that <see cref="TryReadFrame"/> took, and their number on the wire.</summary>
    public static (byte[] Data, int OriginalLength) DataOf(ReadOnlySpan<byte> block) => (
        block.Slice(28, BinaryPrimitives.ReadInt32LittleEndian(block[20..])).ToArray(),
        BinaryPrimitives.ReadInt32LittleEndian(block[24..]));

    /// <summary>The link type of a whole block that names an interface.</summary>
    public static LinkType LinkTypeOf(ReadOnlySpan<byte> block) => new(BinaryPrimitives.ReadUInt16LittleEndian(block[8..]));

    /// <summary>Gives a whole block of a frame another interface.</summary>
    public static void SetInterface(Span<byte> block, int number) => BinaryPrimitives.WriteInt32LittleEndian(block[8..], number);

    private static void Begin(Span<byte> block, uint type, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(block, type);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], length);
        BinaryPrimitives.WriteInt32LittleEndian(block[(length - 4)..], length);
    }

    private static byte[] NameBytes(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return bytes.Length > MaximumNameBytes ? bytes[..MaximumNameBytes] : bytes;
    }

    private static int Option(int bytes) => 4 + Padded(bytes);

    private static int Padded(int bytes) => bytes + 3 & ~3;
}

/// <summary>What a segment tells of a frame, besides its bytes.</summary>
/// <param name="Time">When it was captured.</param>
/// <param name="Number">Its number in the run that kept it.</param>
/// <param name="Interface">The interface's number in the segment.</param>
internal readonly record struct StoredFrame(CaptureTime Time, long Number, int Interface);
