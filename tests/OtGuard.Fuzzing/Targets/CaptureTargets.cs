using System.IO.Compression;
using OtGuard.Collectors.Capture.Files;

namespace OtGuard.Fuzzing.Targets;

/// <summary>Reads the input as a capture file and holds what comes out against what may come out.</summary>
internal static class CaptureReading
{
    // The inputs are small, so the window may be: records then lie across its end.
    private static readonly CaptureFileOptions Options = new() { WindowBytes = 1, MaximumNotices = 20 };

    public static void Run(byte[] data, long mostBytes)
    {
        CaptureFileSource source;
        try
        {
            source = CaptureFiles.Open(new MemoryStream(data), "input", Options);
        }
        catch (UnreadableCaptureException)
        {
            return;
        }

        using (source)
        {
            var number = 0L;
            var bytes = 0L;
            while (source.TryRead(out var frame))
            {
                if (frame.Number != ++number) throw new InvalidOperationException("Frame numbers have a gap.");
                if (frame.Data.Length > frame.OriginalLength) throw new InvalidOperationException("More than the frame was captured.");
                if (frame.Source < 0) throw new InvalidOperationException("A frame has no interface.");
                bytes += frame.Data.Length;
                if (number > mostBytes) throw new InvalidOperationException("More frames came out than bytes went in.");
            }

            var file = source.Files[0];
            if (file.Frames != number || file.Bytes != bytes) throw new InvalidOperationException("The report disagrees with the frames.");
            if (!file.Complete) throw new InvalidOperationException("The file was not finished.");
            if (source.Notices.Count > Options.MaximumNotices) throw new InvalidOperationException("Notices have no bound.");
            if (source.TryRead(out _)) throw new InvalidOperationException("A frame came after the end.");
        }
    }

    /// <summary>A file header and four records: Ethernet, microseconds.</summary>
    public static byte[] Pcap(bool bigEndian)
    {
        var bytes = new SeedBytes(bigEndian)
            .U32(0xa1b2c3d4).U16(2).U16(4).U32(0).U32(0).U32(65535).U32(1);
        for (var i = 0; i < 4; i++)
            bytes.U32(1_700_000_000).U32((uint)i * 1000).U32((uint)i * 10).U32((uint)i * 20).Fill(i * 10, 0x41);
        return bytes.ToArray();
    }

    /// <summary>A section with an interface, an enhanced, a simple and an obsolete packet, statistics and a custom block.</summary>
    public static byte[] Pcapng(bool bigEndian) => new SeedBytes(bigEndian)
        // Section Header Block.
        .U32(0x0a0d0d0a).U32(28).U32(0x1a2b3c4d).U16(1).U16(0).U32(uint.MaxValue).U32(uint.MaxValue).U32(28)
        // Interface Description Block: Ethernet, name, nanoseconds, end of options.
        .U32(1).U32(40).U16(1).U16(0).U32(96).U16(2).U16(2).U32(0x65746865).U16(9).U16(1).U32(0x09090909).U32(0).U32(40)
        // Enhanced Packet Block with a drop count.
        .U32(6).U32(52).U32(0).U32(0x1797_9cfe).U32(0x362a_0000).U32(6).U32(60).Fill(8, 0x42)
        .U16(4).U16(8).U32(0).U32(3).U32(52)
        // Simple Packet Block.
        .U32(3).U32(20).U32(4).Fill(4, 0x43).U32(20)
        // Obsolete Packet Block.
        .U32(2).U32(36).U16(0).U16(2).U32(0x1797_9cfe).U32(0x362a_0001).U32(4).U32(4).Fill(4, 0x44).U32(36)
        // Interface Statistics Block: dropped by the interface.
        .U32(5).U32(36).U32(0).U32(0).U32(0).U16(5).U16(8).U32(0).U32(7).U32(36)
        // Custom Block.
        .U32(0x0bad).U32(16).U32(32473).U32(16)
        .ToArray();
}

/// <summary>Writes seeds field by field.</summary>
internal sealed class SeedBytes(bool bigEndian)
{
    private readonly List<byte> _bytes = [];

    public SeedBytes U16(ushort value) =>
        bigEndian ? Add((byte)(value >> 8), (byte)value) : Add((byte)value, (byte)(value >> 8));

    public SeedBytes U32(uint value)
    {
        var upper = (ushort)(value >> 16);
        var lower = (ushort)value;
        return bigEndian ? U16(upper).U16(lower) : U16(lower).U16(upper);
    }

    public SeedBytes Fill(int count, byte value)
    {
        _bytes.AddRange(Enumerable.Repeat(value, count));
        return this;
    }

    public byte[] ToArray() => [.. _bytes];

    private SeedBytes Add(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }
}

/// <summary>Classic pcap.</summary>
public sealed class PcapTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "pcap";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds => [CaptureReading.Pcap(bigEndian: false), CaptureReading.Pcap(bigEndian: true)];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data) => CaptureReading.Run(data.ToArray(), data.Length);
}

/// <summary>pcapng.</summary>
public sealed class PcapngTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "pcapng";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        CaptureReading.Pcapng(bigEndian: false),
        CaptureReading.Pcapng(bigEndian: true),
        [.. CaptureReading.Pcapng(bigEndian: false), .. CaptureReading.Pcapng(bigEndian: true)],
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data) => CaptureReading.Run(data.ToArray(), data.Length);
}

/// <summary>Captures packed with gzip, the packing itself under test.</summary>
public sealed class GzipTarget : IFuzzTarget
{
    // RFC 1951 packs no more than 1032 to one.
    private const long MostUnpackedPerByte = 1032;

    /// <inheritdoc/>
    public string Name => "gzip";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        Pack(CaptureReading.Pcap(bigEndian: false)),
        Pack(CaptureReading.Pcapng(bigEndian: false)),
        [.. Pack(CaptureReading.Pcap(bigEndian: false)[..50]), .. Pack(CaptureReading.Pcap(bigEndian: false)[50..])],
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data) => CaptureReading.Run(data.ToArray(), data.Length * MostUnpackedPerByte);

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }
}
