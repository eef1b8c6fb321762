using CsCheck;
using OtGuard.Collectors.Capture.Files;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files;

[TestClass]
public sealed class DamagedFileProperties
{
    // The least there is: records then lie across the window's end, and tens of thousands of readings are quick.
    private static readonly CaptureFileOptions SmallWindow = new() { WindowBytes = 1 };

    private static readonly Gen<byte[]> Data = Gen.Byte.Array[0, 120];

    private static readonly Gen<byte[]>[] Headers =
        [Gen.Const(PcapHeader()), Gen.Const(PcapHeader(bigEndian: true)), Gen.Const(Section()), Gen.Const(Section(true))];

    /// <summary>A file, and for each frame the offset behind it.</summary>
    private static readonly Gen<(byte[] File, int[] Ends)> AnyPcap =
        from bigEndian in Gen.Bool
        from magic in Gen.Bool.Select(nano => nano ? Nanoseconds : Microseconds)
        from frames in Data.Array[0, 12]
        select Build(PcapHeader(magic, bigEndian), frames.Select((data, i) => (
            Record(Seconds + (uint)i, (uint)i, data, bigEndian, original: (uint)data.Length + (uint)(i & 1)), true)));

    private static readonly Gen<(byte[] File, int[] Ends)> AnyPcapng =
        from bigEndian in Gen.Bool
        from frames in Gen.Select(Data, Gen.Int[0, 4]).Array[0, 12]
        select Build(Join(Section(bigEndian), Interface(1, 0, bigEndian)), frames.Select((frame, i) => frame.Item2 switch
        {
            0 => (Block(0x0bad, Join(U32(1, bigEndian), frame.Item1), bigEndian), false),
            1 => (Block(0x1234, frame.Item1, bigEndian), false),
            _ => (Enhanced(
                0, Ticks(i), frame.Item1, bigEndian, options: frame.Item2 == 2 ? [Option(1, frame.Item1, bigEndian)] : []), true),
        }));

    [TestMethod]
    public void Cutting_a_pcap_anywhere_gives_exactly_the_frames_wholly_before() => Cutting(AnyPcap, 24);

    [TestMethod]
    public void Cutting_a_pcapng_anywhere_gives_exactly_the_frames_wholly_before() => Cutting(AnyPcapng, 28);

    [TestMethod]
    public void Changed_bytes_never_throw_and_never_give_more_than_the_file_holds() =>
        Gen.Select(Gen.OneOf(AnyPcap, AnyPcapng), Gen.Select(Gen.Int[0, 4000], Gen.Byte).Array[1, 8]).Sample((built, changes) =>
        {
            var bytes = built.File.ToArray();
            foreach (var (at, value) in changes) bytes[at % bytes.Length] = value;
            AssertBounded(bytes);
        }, iter: 3000);

    [TestMethod]
    public void Random_bytes_behind_a_header_never_throw() =>
        Gen.Select(Gen.OneOf(Headers), Gen.Byte.Array[0, 2000]).Sample((header, rest) => AssertBounded(Join(header, rest)), iter: 2000);

    [TestMethod]
    public void Bytes_removed_or_doubled_never_throw() =>
        Gen.Select(Gen.OneOf(AnyPcap, AnyPcapng), Gen.Int[0, 4000], Gen.Int[0, 4000]).Sample((built, a, b) =>
        {
            var bytes = built.File;
            AssertBounded(Join(bytes[..(a % bytes.Length)], bytes[(b % bytes.Length)..]));
        }, iter: 3000);

    [TestMethod]
    public void Packed_or_in_small_windows_the_same_is_read() =>
        Gen.OneOf(AnyPcap, AnyPcapng).Sample(built =>
        {
            var large = Join([built.File, .. Enumerable.Repeat(built.File, 20)]);
            var expected = Read(large).Contents;
            return expected.SequenceEqual(Read(Gzip(large)).Contents)
                && expected.SequenceEqual(Read(large, SmallWindow).Contents);
        }, iter: 300);

    private static void Cutting(Gen<(byte[] File, int[] Ends)> files, int headerBytes) => files.Sample(built =>
    {
        var whole = Read(built.File).Contents;
        Assert.HasCount(built.Ends.Length, whole);
        for (var cut = 0; cut <= built.File.Length; cut++)
        {
            if (cut < headerBytes)
            {
                Assert.ThrowsExactly<UnreadableCaptureException>(() => Read(built.File[..cut], SmallWindow));
                continue;
            }

            var reading = Read(built.File[..cut], SmallWindow);
            Assert.AreSequenceEqual(whole.Take(built.Ends.Count(end => end <= cut)), reading.Contents, $"cut at {cut}");
        }
    }, iter: 60);

    private static void AssertBounded(byte[] bytes)
    {
        try
        {
            var reading = Read(bytes, SmallWindow);
            Assert.IsLessThanOrEqualTo(bytes.Length, reading.Frames.Count);
            Assert.IsTrue(reading.Frames.All(frame => frame.Data.Length <= frame.OriginalLength && frame.Data.Length < bytes.Length));
            Assert.IsLessThanOrEqualTo(CaptureFileOptions.Default.MaximumNotices, reading.Notices.Count);
        }
        catch (UnreadableCaptureException)
        {
            // The damage reached the file's header.
        }
    }

    private static (byte[] File, int[] Ends) Build(byte[] header, IEnumerable<(byte[] Bytes, bool IsFrame)> parts)
    {
        var file = new List<byte>(header);
        var ends = new List<int>();
        foreach (var (bytes, isFrame) in parts)
        {
            file.AddRange(bytes);
            if (isFrame) ends.Add(file.Count);
        }

        return ([.. file], [.. ends]);
    }
}
