using System.Buffers.Binary;

namespace OtGuard.Simulators.Wire;

/// <summary>How a pcap file is written.</summary>
public sealed record PcapOptions
{
    /// <summary>True for time stamps in nanoseconds, false for microseconds.</summary>
    public bool Nanoseconds { get; init; } = true;

    /// <summary>True for big-endian headers.</summary>
    public bool BigEndian { get; init; }

    /// <summary>LINKTYPE_ number; 1 is Ethernet.</summary>
    public ushort LinkType { get; init; } = 1;

    /// <summary>Longest part of a frame that is kept, in bytes.</summary>
    public int SnapLength { get; init; } = 262_144;
}

/// <summary>Writes a pcap file to a stream, which stays open.</summary>
/// <remarks>draft-ietf-opsawg-pcap. Allocates nothing per frame.</remarks>
public sealed class PcapWriter : ICaptureSink
{
    private const int FileHeaderBytes = 24;
    private const int FrameHeaderBytes = 16;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly Stream _stream;
    private readonly PcapOptions _options;
    private readonly byte[] _header = new byte[FileHeaderBytes];

    /// <summary>Writes the file header.</summary>
    public PcapWriter(Stream stream, PcapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _options = options ?? new PcapOptions();
        Put32(0, _options.Nanoseconds ? 0xA1B23C4DU : 0xA1B2C3D4U);
        Put16(4, 2);
        Put16(6, 4);
        Put32(16, (uint)_options.SnapLength);
        Put32(20, _options.LinkType);
        _stream.Write(_header);
    }

    /// <summary>Frames written so far; also the number of the last one.</summary>
    public long Count { get; private set; }

    /// <summary>Writes a frame, cut at the snapshot length.</summary>
    public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame)
    {
        var kept = Math.Min(frame.Length, _options.SnapLength);
        Write(unixNanoseconds, frame[..kept], frame.Length);
    }

    /// <summary>Writes a frame with its length on the wire as given.</summary>
    public void Write(long unixNanoseconds, ReadOnlySpan<byte> captured, int originalLength)
    {
        var seconds = Math.DivRem(unixNanoseconds, NanosecondsPerSecond, out var fraction);
        Put32(0, (uint)seconds);
        Put32(4, (uint)(_options.Nanoseconds ? fraction : fraction / 1000));
        Put32(8, (uint)captured.Length);
        Put32(12, (uint)originalLength);
        _stream.Write(_header, 0, FrameHeaderBytes);
        _stream.Write(captured);
        Count++;
    }

    void ICaptureSink.Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth) =>
        Write(unixNanoseconds, frame);

    private void Put32(int at, uint value)
    {
        if (_options.BigEndian) BinaryPrimitives.WriteUInt32BigEndian(_header.AsSpan(at), value);
        else BinaryPrimitives.WriteUInt32LittleEndian(_header.AsSpan(at), value);
    }

    private void Put16(int at, ushort value)
    {
        if (_options.BigEndian) BinaryPrimitives.WriteUInt16BigEndian(_header.AsSpan(at), value);
        else BinaryPrimitives.WriteUInt16LittleEndian(_header.AsSpan(at), value);
    }
}
