using System.Buffers.Binary;

namespace OtGuard.Collectors.Capture.Files.Pcapng;

/// <summary>The pcapng file.</summary>
/// <remarks>draft-ietf-opsawg-pcapng §4.1 (Section Header Block).</remarks>
internal sealed class PcapngFormat : ICaptureFormat
{
    /// <summary>Bytes of a Section Header Block without options.</summary>
    public const int SectionHeaderBytes = 28;

    /// <summary>Its block type, a palindrome: it reads the same in either byte order.</summary>
    public const uint SectionHeader = 0x0a0d0d0a;

    /// <summary>The number by which a section tells its byte order.</summary>
    public const uint ByteOrderMagic = 0x1a2b3c4d;

    /// <inheritdoc/>
    public string Name => "pcapng";

    /// <inheritdoc/>
    public bool Recognise(ReadOnlySpan<byte> head) =>
        head.Length >= SectionHeaderBytes && HasMagic(head)
        && (BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) == ByteOrderMagic
            || BinaryPrimitives.ReadUInt32BigEndian(head[8..]) == ByteOrderMagic);

    /// <summary>Whether the first bytes are the format's.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> head) =>
        head.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(head) == SectionHeader;

    /// <inheritdoc/>
    public FrameReader Open(ReaderContext context) => new PcapngReader(context);
}
