using OtGuard.Collectors.Capture.Files;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files;

[TestClass]
public sealed class AllocationTests
{
    [TestMethod]
    [DataRow("pcap")]
    [DataRow("pcapng")]
    [DataRow("gzip")]
    [DataRow("candump")]
    [DataRow("ASC")]
    [DataRow("CAN table")]
    public void Reading_allocates_nothing_per_frame(string format)
    {
        var bytes = format switch
        {
            "pcap" => Pcap(100_000),
            "pcapng" => Pcapng(100_000),
            "candump" => Text("", i => $"(1700000000.{i:D6}) can{i % 2} {i % 0x800:X3}#{i:X8}"),
            "ASC" => Text("base hex timestamps absolute\n", i => $"{i / 1000}.{i % 1000:D3} 1 {i % 0x800:X} Rx d 4 01 02 03 04"),
            "CAN table" => Text("time,id,dlc,data,label\n", i => $"{i / 1000}.{i % 1000:D3},0x{i % 0x800:X3},4,{i:X8},0"),
            _ => Gzip(Pcap(100_000)),
        };
        // The first reading compiles, and is thrown away.
        Read(bytes);
        using var source = CaptureFiles.Open(new MemoryStream(bytes), "test");
        for (var i = 0; i < 50_000; i++) Assert.IsTrue(source.TryRead(out _));

        // In stretches, and the least of them: the runtime's own work (a method compiled anew) falls into some of them,
        // while what a frame costs falls into all.
        var least = long.MaxValue;
        for (var stretch = 0; stretch < 5; stretch++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 9_000; i++)
                if (!source.TryRead(out _)) Assert.Fail("The file ended early.");
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.AreEqual(0, least);
    }

    private static byte[] Text(string header, Func<int, string> line) => System.Text.Encoding.ASCII.GetBytes(
        header + string.Join('\n', Enumerable.Range(0, 100_000).Select(line)));

    [TestMethod]
    public void Memory_does_not_grow_with_the_file()
    {
        // A file of 4 GiB that is made while it is read.
        using var source = CaptureFiles.Open(new EndlessCapture(1L << 32), "test");
        var before = GC.GetAllocatedBytesForCurrentThread();

        var frames = 0L;
        while (frames < 1_000_000 && source.TryRead(out _)) frames++;

        Assert.AreEqual(1_000_000, frames);
        Assert.IsLessThan(4 * CaptureFileOptions.Default.WindowBytes, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>The same record over and over behind a file header.</summary>
    private sealed class EndlessCapture(long length) : Stream
    {
        private readonly byte[] _record = Record(Seconds, 0, Payload(1));
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var header = PcapHeader();
            for (var i = 0; i < buffer.Length; i++, _position++)
                buffer[i] = _position < 24 ? header[_position] : _record[(_position - 24) % _record.Length];
            return _position > length ? 0 : buffer.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
