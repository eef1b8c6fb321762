using System.Runtime.InteropServices;
using OtGuard.Collectors;
using OtGuard.Host.Capturing;

namespace OtGuard.Host.Tests.Live;

[TestClass]
public sealed class FrameChannelTests
{
    private const int FrameBytes = 1000;

    [TestMethod]
    public void A_parent_that_takes_nothing_costs_frames_that_are_counted_and_never_the_reader_s_time()
    {
        const int sent = 40_000;
        using var parent = new SlowParent();
        using var channel = new FrameChannel(parent);
        for (var i = 1; i <= sent; i++)
        {
            Add(channel, i);
            channel.Flush();
        }

        // 32 MiB are held, however often there was nothing to wait for.
        Assert.IsInRange(30_000, sent - 1, channel.Frames);
        Assert.AreEqual(sent, channel.Frames + channel.Drops);

        parent.Release();
        channel.Dispose();

        long last = 0, frames = 0;
        for (var at = 0; at < parent.Bytes.Length; frames++)
        {
            var record = MemoryMarshal.Read<CaptureRecord>(parent.Bytes[at..]);
            Assert.AreEqual(CaptureRecordKind.Frame, record.Kind);
            Assert.AreEqual(FrameBytes, record.Length);
            Assert.IsGreaterThan(last, record.UnixNanoseconds);
            last = record.UnixNanoseconds;
            at += CaptureRecord.HeaderBytes + record.Length;
        }

        Assert.AreEqual(channel.Frames, frames);
    }

    [TestMethod]
    public void A_parent_that_has_gone_is_noticed()
    {
        using var parent = new SlowParent { HasGone = true };
        parent.Release();
        using var channel = new FrameChannel(parent);
        Add(channel, 1);
        channel.Flush();
        channel.Dispose();

        Assert.IsTrue(channel.IsBroken);
    }

    [TestMethod]
    public void Adding_a_frame_allocates_nothing()
    {
        using var parent = new SlowParent();
        using var channel = new FrameChannel(parent);
        for (var i = 1; i <= 100; i++) Add(channel, i);

        var least = long.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            // What the runtime compiles anew in between is not the channel's.
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 1; i <= 3_000; i++) Add(channel, i);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        // Before the verdict: the channel waits for its parent when it goes.
        parent.Release();
        Assert.AreEqual(0, least);
    }

    private static void Add(FrameChannel channel, int number)
    {
        Span<byte> data = stackalloc byte[FrameBytes];
        channel.Add(new CapturedFrame(new CaptureTime(number), LinkType.Ethernet, 0, number, data, FrameBytes));
    }

    /// <summary>The other end of a pipe, which takes nothing before it is told to.</summary>
    private sealed class SlowParent : Stream
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly MemoryStream _bytes = new();

        public bool HasGone { get; init; }

        public ReadOnlySpan<byte> Bytes => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Release() => _released.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _released.Wait();
            if (HasGone) throw new IOException("Broken pipe");
            _bytes.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _released.Set();
                _released.Dispose();
                _bytes.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
