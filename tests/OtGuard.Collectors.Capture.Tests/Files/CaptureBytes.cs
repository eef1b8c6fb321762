using System.Buffers.Binary;
using System.IO.Compression;
using OtGuard.Collectors.Capture.Files;

namespace OtGuard.Collectors.Capture.Tests.Files;

/// <summary>A frame as it was read, outliving the window.</summary>
internal sealed record ReadFrame(long Number, long Time, int LinkType, int Source, int OriginalLength, byte[] Data)
{
    public string Hex => Convert.ToHexString(Data);
}

/// <summary>What a reading gave.</summary>
internal sealed record Reading(
    IReadOnlyList<ReadFrame> Frames, IReadOnlyList<SourceNotice> Notices, IReadOnlyList<CaptureFileReport> Files)
{
    /// <summary>The frames without their numbers, to compare what was read of two files.</summary>
    public IReadOnlyList<string> Contents =>
        [.. Frames.Select(frame => $"{frame.Time} {frame.LinkType} {frame.OriginalLength} {frame.Hex}")];
}

/// <summary>Captures written byte by byte, after the drafts and not after the reader.</summary>
internal static class CaptureBytes
{
    public const uint Microseconds = 0xa1b2c3d4;
    public const uint Nanoseconds = 0xa1b23c4d;
    public const uint Modified = 0xa1b2cd34;

    /// <summary>A time at which captures are really made; near zero, runs of zeros would pass for records.</summary>
    public const uint Seconds = 1_700_000_000;

    public static byte[] Join(params IEnumerable<byte[]> parts) => [.. parts.SelectMany(part => part)];

    public static byte[] U16(int value, bool bigEndian = false)
    {
        var bytes = new byte[2];
        if (bigEndian) BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        else BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return bytes;
    }

    public static byte[] U32(uint value, bool bigEndian = false)
    {
        var bytes = new byte[4];
        if (bigEndian) BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] U64(ulong value, bool bigEndian = false)
    {
        var bytes = new byte[8];
        if (bigEndian) BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>A frame whose bytes follow from its number.</summary>
    public static byte[] Payload(int number, int length = 60) =>
        [.. Enumerable.Range(0, length).Select(i => (byte)(0x80 | number * 31 + i * 7))];

    public static byte[] PcapHeader(
        uint magic = Microseconds, bool bigEndian = false, uint snapshot = 65535, uint link = 1, int minor = 4) => Join(
        U32(magic, bigEndian), U16(2, bigEndian), U16(minor, bigEndian), U32(0, bigEndian), U32(0, bigEndian),
        U32(snapshot, bigEndian), U32(link, bigEndian));

    public static byte[] Record(
        uint seconds, uint fraction, byte[] data, bool bigEndian = false, uint? captured = null, uint? original = null) =>
        Join(
            U32(seconds, bigEndian), U32(fraction, bigEndian), U32(captured ?? (uint)data.Length, bigEndian),
            U32(original ?? (uint)data.Length, bigEndian), data);

    /// <summary>A pcap file of so many frames, a millisecond apart.</summary>
    public static byte[] Pcap(int frames, int length = 60) => Join(
        [PcapHeader(), .. Enumerable.Range(0, frames).Select(i => Record(Seconds + (uint)i / 1000, (uint)i % 1000 * 1000, Payload(i, length)))]);

    public static byte[] Block(uint type, byte[] body, bool bigEndian = false, uint? front = null, uint? behind = null)
    {
        var padded = Join(body, new byte[-body.Length & 3]);
        var length = (uint)padded.Length + 12;
        return Join(
            U32(type, bigEndian), U32(front ?? length, bigEndian), padded, U32(behind ?? length, bigEndian));
    }

    public static byte[] Section(bool bigEndian = false, params byte[][] options) => Block(
        0x0a0d0d0a,
        Join([U32(0x1a2b3c4d, bigEndian), U16(1, bigEndian), U16(0, bigEndian), U64(ulong.MaxValue, bigEndian), .. options]),
        bigEndian);

    public static byte[] Option(int code, byte[] value, bool bigEndian = false) =>
        Join(U16(code, bigEndian), U16(value.Length, bigEndian), value, new byte[-value.Length & 3]);

    public static byte[] Interface(
        int link = 1, uint snapshot = 0, bool bigEndian = false, params byte[][] options) => Block(
        1, Join([U16(link, bigEndian), U16(0, bigEndian), U32(snapshot, bigEndian), .. options]), bigEndian);

    public static byte[] Enhanced(
        uint number, ulong ticks, byte[] data, bool bigEndian = false, uint? original = null, uint? captured = null,
        params byte[][] options) => Block(
        6,
        Join([
            U32(number, bigEndian), U32((uint)(ticks >> 32), bigEndian), U32((uint)ticks, bigEndian),
            U32(captured ?? (uint)data.Length, bigEndian), U32(original ?? (uint)data.Length, bigEndian), data,
            new byte[-data.Length & 3], .. options]),
        bigEndian);

    /// <summary>A pcapng file of so many frames, a millisecond apart.</summary>
    public static byte[] Pcapng(int frames, int length = 60) => Join(
        [Section(), Interface(), .. Enumerable.Range(0, frames).Select(i => Enhanced(0, Ticks(i), Payload(i, length)))]);

    /// <summary>Microseconds since the epoch of a frame's number.</summary>
    public static ulong Ticks(int number) => Seconds * 1_000_000UL + (ulong)number * 1000;

    public static byte[] Gzip(byte[] bytes, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }

    public static Reading Read(byte[] bytes, CaptureFileOptions? options = null)
    {
        using var source = CaptureFiles.Open(new MemoryStream(bytes), "test", options);
        return ReadAll(source);
    }

    public static Reading ReadAll(CaptureFileSource source)
    {
        var frames = new List<ReadFrame>();
        while (source.TryRead(out var frame))
            frames.Add(new ReadFrame(
                frame.Number, frame.Time.UnixNanoseconds, frame.LinkType.Value, frame.Source, frame.OriginalLength,
                frame.Data.ToArray()));
        return new Reading(frames, source.Notices, source.Files);
    }
}
