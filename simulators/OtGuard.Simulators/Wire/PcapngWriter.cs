using System.Buffers.Binary;

namespace OtGuard.Simulators.Wire;

/// <summary>Writes a little-endian pcapng section to a stream, which stays open. Times are in nanoseconds.</summary>
/// <remarks>draft-ietf-opsawg-pcapng §4.1 (section), §4.2 (interface description), §4.3 (enhanced packet).</remarks>
public sealed class PcapngWriter : ICaptureSink
{
    private readonly Stream _stream;
    private readonly byte[] _head = new byte[28];

    /// <summary>Writes the section header and one interface for each link type.</summary>
    public PcapngWriter(Stream stream, params ReadOnlySpan<ushort> linkTypes)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        WriteSection();
        if (linkTypes.IsEmpty) WriteInterface(1);
        foreach (var linkType in linkTypes) WriteInterface(linkType);
    }

    /// <summary>Writes the section header and one interface for each link type and name.</summary>
    public PcapngWriter(Stream stream, IReadOnlyList<(ushort LinkType, string Name)> interfaces)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(interfaces);
        _stream = stream;
        WriteSection();
        foreach (var (linkType, name) in interfaces) WriteInterface(linkType, name);
    }

    /// <summary>Writes a frame of an interface.</summary>
    /// <param name="unixNanoseconds">Its time.</param>
    /// <param name="frame">The captured bytes.</param>
    /// <param name="interfaceIndex">Which of the link types, from 0.</param>
    /// <param name="originalLength">Its length on the wire where that is more than what was captured.</param>
    public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, int interfaceIndex = 0, int originalLength = 0)
    {
        var padding = -frame.Length & 3;
        var length = (uint)(_head.Length + frame.Length + padding + 4);
        BinaryPrimitives.WriteUInt32LittleEndian(_head, 6);
        BinaryPrimitives.WriteUInt32LittleEndian(_head.AsSpan(4), length);
        BinaryPrimitives.WriteUInt32LittleEndian(_head.AsSpan(8), (uint)interfaceIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(_head.AsSpan(12), (uint)((ulong)unixNanoseconds >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(_head.AsSpan(16), (uint)unixNanoseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(_head.AsSpan(20), (uint)frame.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(_head.AsSpan(24), (uint)Math.Max(frame.Length, originalLength));
        _stream.Write(_head);
        _stream.Write(frame);
        Span<byte> tail = stackalloc byte[8];
        tail.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(tail[padding..], length);
        _stream.Write(tail[..(padding + 4)]);
    }

    void ICaptureSink.Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth) =>
        Write(unixNanoseconds, frame);

    private void WriteSection()
    {
        Span<byte> section = stackalloc byte[28];
        section.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(section, 0x0A0D0D0A);
        BinaryPrimitives.WriteUInt32LittleEndian(section[4..], 28);
        BinaryPrimitives.WriteUInt32LittleEndian(section[8..], 0x1A2B3C4D);
        BinaryPrimitives.WriteUInt16LittleEndian(section[12..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(section[16..], -1);
        BinaryPrimitives.WriteUInt32LittleEndian(section[24..], 28);
        _stream.Write(section);
    }

    private void WriteInterface(ushort linkType, string name = "")
    {
        var text = System.Text.Encoding.UTF8.GetBytes(name);
        var padded = text.Length + 3 & ~3;
        var block = new byte[32 + (text.Length > 0 ? 4 + padded : 0)];
        BinaryPrimitives.WriteUInt32LittleEndian(block, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), (uint)block.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(8), linkType);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(12), 262_144);
        // Option if_tsresol: 10^-9 s; if_name where there is one; then the end of the options.
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(16), 9);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(18), 1);
        block[20] = 9;
        if (text.Length > 0)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(24), 2);
            BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(26), (ushort)text.Length);
            text.CopyTo(block, 28);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(block.Length - 4), (uint)block.Length);
        _stream.Write(block);
    }
}
