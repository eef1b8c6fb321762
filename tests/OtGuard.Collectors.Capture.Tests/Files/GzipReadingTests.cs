using System.IO.Compression;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files;

[TestClass]
public sealed class GzipReadingTests
{
    [TestMethod]
    [DataRow(CompressionLevel.NoCompression)]
    [DataRow(CompressionLevel.Fastest)]
    [DataRow(CompressionLevel.SmallestSize)]
    public void Packed_file_reads_like_the_plain_one(CompressionLevel level)
    {
        foreach (var plain in new[] { Pcap(5000), Pcapng(5000) })
        {
            var reading = Read(Gzip(plain, level));

            Assert.AreSequenceEqual(Read(plain).Contents, reading.Contents);
            Assert.IsEmpty(reading.Notices);
        }
    }

    [TestMethod]
    public void Several_members_are_one_file()
    {
        var plain = Pcap(1000);

        var reading = Read(Join(Gzip(plain[..10_001]), Gzip([]), Gzip(plain[10_001..20_002]), Gzip(plain[20_002..])));

        Assert.AreSequenceEqual(Read(plain).Contents, reading.Contents);
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    public void Packed_file_cut_anywhere_gives_a_beginning_of_the_frames_and_says_so()
    {
        var plain = Pcap(40);
        var packed = Join(Gzip(plain[..1501]), Gzip(plain[1501..]));
        var whole = Read(plain).Contents;
        var before = 0;
        for (var length = packed.Length - 1; length > 60; length--)
        {
            var reading = Read(packed[..length]);

            Assert.AreSequenceEqual(whole.Take(reading.Contents.Count), reading.Contents);
            var boundary = length == Gzip(plain[..1501]).Length;
            Assert.AreEqual(
                boundary ? 0 : 1,
                reading.Notices.Count(notice => notice.Text == "The file ends within its compressed data."),
                $"cut at {length} of {packed.Length}");
            before = Math.Max(before, reading.Contents.Count);
        }

        // Only the last member's check sum is missing at the longest cut.
        Assert.AreEqual(40, before);
    }

    [TestMethod]
    public void Bytes_behind_the_packed_data_are_reported()
    {
        var reading = Read(Join(Gzip(Pcap(3)), Payload(1, 20_000)));

        Assert.HasCount(3, reading.Frames);
        Assert.AreEqual(
            "The file goes on behind its compressed data with bytes that are not gzip.", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Damaged_packed_data_keep_the_frames_before()
    {
        var plain = Pcap(20_000);
        var packed = Gzip(plain, CompressionLevel.NoCompression);
        // A block's length in the middle, so that the decompressor notices.
        packed.AsSpan(packed.Length / 2, 70_000).Fill(0xff);

        var reading = Read(packed);

        Assert.IsGreaterThan(5000, reading.Frames.Count);
        Assert.AreSequenceEqual(Read(plain).Contents.Take(5000), reading.Contents.Take(5000));
        Assert.Contains(
            notice => notice.Text == "The file holds compressed data that are damaged, which ends what can be read of it.",
            reading.Notices);
    }
}
