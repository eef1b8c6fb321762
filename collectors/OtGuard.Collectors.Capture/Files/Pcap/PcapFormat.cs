using System.Buffers.Binary;

namespace OtGuard.Collectors.Capture.Files.Pcap;

/// <summary>The classic pcap file.</summary>
/// <remarks>
/// draft-ietf-opsawg-pcap §4 (file header). The modified format (magic 0xa1b2cd34, with the interface index in each
/// record header) is that of the ss990417 patches to libpcap.
/// </remarks>
internal sealed class PcapFormat : ICaptureFormat
{
    /// <summary>Bytes of the file header.</summary>
    public const int FileHeaderBytes = 24;

    private const uint Microseconds = 0xa1b2c3d4;
    private const uint Nanoseconds = 0xa1b23c4d;
    private const uint Modified = 0xa1b2cd34;

    /// <inheritdoc/>
    public string Name => "pcap";

    /// <inheritdoc/>
    public bool Recognise(ReadOnlySpan<byte> head) => head.Length >= FileHeaderBytes && HasMagic(head);

    /// <summary>Whether the first bytes are one of the format's, in either byte order.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> head) =>
        head.Length >= 4
        && (IsMagic(BinaryPrimitives.ReadUInt32LittleEndian(head)) || IsMagic(BinaryPrimitives.ReadUInt32BigEndian(head)));

    /// <inheritdoc/>
    public FrameReader Open(ReaderContext context)
    {
        context.Window.Ensure(FileHeaderBytes);
        var header = context.Window.Span[..FileHeaderBytes];
        var bigEndian = IsMagic(BinaryPrimitives.ReadUInt32BigEndian(header));
        var layout = new PcapLayout(
            bigEndian,
            Read(header, bigEndian) == Nanoseconds,
            Read(header, bigEndian) == Modified,
            LengthsMayBeSwapped(header, bigEndian),
            Read(header[16..], bigEndian),
            Read(header[20..], bigEndian));
        context.Window.Start += FileHeaderBytes;
        return new PcapReader(context, layout);
    }

    private static bool IsMagic(uint value) => value is Microseconds or Nanoseconds or Modified;

    private static uint Read(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    // Writers up to version 2.3 put the two lengths of a record in the other order (libpcap, sf-pcap.c).
    private static bool LengthsMayBeSwapped(ReadOnlySpan<byte> header, bool bigEndian)
    {
        var major = Read16(header[4..], bigEndian);
        var minor = Read16(header[6..], bigEndian);
        return major == 2 && minor <= 3;
    }

    private static ushort Read16(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}

/// <summary>What the header of a pcap file says.</summary>
/// <param name="BigEndian">Byte order of the writer.</param>
/// <param name="Nanoseconds">Whether fractions are nanoseconds, else microseconds.</param>
/// <param name="Modified">Whether record headers carry an interface index.</param>
/// <param name="LengthsMayBeSwapped">Whether the writer is old enough to have the two lengths swapped.</param>
/// <param name="SnapshotBytes">Longest frame kept, 0 for unknown.</param>
/// <param name="LinkField">Link type with the bits on the frame check sequence.</param>
internal readonly record struct PcapLayout(
    bool BigEndian, bool Nanoseconds, bool Modified, bool LengthsMayBeSwapped, uint SnapshotBytes, uint LinkField)
{
    // draft-ietf-opsawg-pcap §4: bits 28 to 31 count 16-bit words, valid where bit 26 is set.
    private const uint FcsPresent = 1u << 26;

    /// <summary>Bytes of a record header.</summary>
    public int RecordHeaderBytes => Modified ? 24 : 16;

    /// <summary>The link type without the bits above it.</summary>
    public LinkType LinkType => new((ushort)LinkField);

    /// <summary>Bytes of frame check sequence behind each frame, 0 for unknown.</summary>
    public int FcsBytes => (LinkField & FcsPresent) == 0 ? 0 : (int)(LinkField >> 28) * 2;
}
