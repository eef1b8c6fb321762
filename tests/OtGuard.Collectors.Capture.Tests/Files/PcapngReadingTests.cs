using OtGuard.Collectors.Capture.Files;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files;

[TestClass]
public sealed class PcapngReadingTests
{
    private const ulong Now = Seconds * 1_000_000UL;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Enhanced_packet_is_read_in_either_byte_order(bool bigEndian)
    {
        var reading = Read(Join(
            Section(bigEndian), Interface(227, 96, bigEndian), Enhanced(0, Now + 7, [1, 2, 3, 4, 5], bigEndian, 70)));

        var frame = reading.Frames.Single();
        Assert.AreEqual((long)(Now + 7) * 1000, frame.Time);
        Assert.AreEqual("0102030405", frame.Hex);
        Assert.AreEqual(227, frame.LinkType);
        Assert.AreEqual(70, frame.OriginalLength);
        Assert.AreEqual(96, reading.Files[0].Interfaces[0].SnapshotBytes);
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    public void Each_section_has_a_byte_order_and_interfaces_of_its_own()
    {
        var reading = Read(Join(
            Section(), Interface(1), Interface(101), Enhanced(1, Now, [1]), Enhanced(0, Now, [2]),
            Section(true), Interface(113, 0, true), Enhanced(0, Now, [3], true)));

        Assert.AreSequenceEqual([101, 1, 113], reading.Frames.Select(frame => frame.LinkType));
        Assert.AreSequenceEqual([1, 0, 2], reading.Frames.Select(frame => frame.Source));
        Assert.HasCount(3, reading.Files[0].Interfaces);
    }

    [TestMethod]
    [DataRow((byte)6, 1_500_000UL, 1_500_000_000L, DisplayName = "10^-6")]
    [DataRow((byte)9, 1_500_000UL, 1_500_000L, DisplayName = "10^-9")]
    [DataRow((byte)0, 3UL, 3_000_000_000L, DisplayName = "seconds")]
    [DataRow((byte)3, 3UL, 3_000_000L, DisplayName = "10^-3")]
    [DataRow((byte)7, 3UL, 300L, DisplayName = "10^-7")]
    [DataRow((byte)12, 1_999_999UL, 1_999L, DisplayName = "10^-12")]
    [DataRow((byte)40, ulong.MaxValue, 0L, DisplayName = "10^-40")]
    [DataRow((byte)0x8a, 1536UL, 1_500_000_000L, DisplayName = "2^-10")]
    [DataRow((byte)0x94, 1_572_864UL, 1_500_000_000L, DisplayName = "2^-20")]
    [DataRow((byte)0xc0, 1UL << 63, 500_000_000L, DisplayName = "2^-64")]
    [DataRow((byte)0xff, ulong.MaxValue, 0L, DisplayName = "2^-127")]
    [DataRow((byte)0x80, 3UL, 3_000_000_000L, DisplayName = "2^0")]
    [DataRow((byte)6, ulong.MaxValue, long.MaxValue, DisplayName = "beyond the range")]
    public void Time_resolution_scales_the_time_stamps(byte resolution, ulong ticks, long nanoseconds)
    {
        var reading = Read(Join(Section(), Interface(1, 0, false, Option(9, [resolution])), Enhanced(0, ticks, [1])));

        Assert.AreEqual(nanoseconds, reading.Frames.Single().Time);
    }

    [TestMethod]
    [DataRow((byte)9, 1_700_000_000L, 5UL, 1_700_000_000_000_000_005L)]
    [DataRow((byte)6, -10L, 11_000_000UL, 1_000_000_000L)]
    [DataRow((byte)6, -10L, 0UL, -10_000_000_000L)]
    [DataRow((byte)0x81, 4L, 3UL, 5_500_000_000L)]
    [DataRow((byte)6, long.MaxValue, 1UL, long.MaxValue)]
    [DataRow((byte)6, long.MinValue, 1UL, long.MinValue)]
    public void Time_offset_is_added_in_seconds(byte resolution, long offset, ulong ticks, long nanoseconds)
    {
        var reading = Read(Join(
            Section(),
            Interface(1, 0, false, Option(9, [resolution]), Option(14, U64(unchecked((ulong)offset)))),
            Enhanced(0, ticks, [1])));

        Assert.AreEqual(nanoseconds, reading.Frames.Single().Time);
    }

    [TestMethod]
    public void Interfaces_tell_name_resolution_and_check_sequence()
    {
        var reading = Read(Join(
            Section(),
            Interface(1, 0, false, Option(3, "left tap"u8.ToArray()), Option(2, "eth3"u8.ToArray()), Option(13, [4]), Option(9, [0x94])),
            Interface(1, 0, false, Option(3, "right tap"u8.ToArray())),
            Interface()));

        var interfaces = reading.Files[0].Interfaces;
        Assert.AreSequenceEqual(["eth3", "right tap", null], interfaces.Select(item => item.Name));
        Assert.AreSequenceEqual(["2^-20 s", "10^-6 s", "10^-6 s"], interfaces.Select(item => item.Resolution));
        Assert.AreEqual(4, interfaces[0].FcsBytes);
    }

    [TestMethod]
    public void Simple_packet_has_the_time_of_the_frame_before_and_is_cut_by_the_snapshot_length()
    {
        var reading = Read(Join(
            Section(), Interface(1, 4), Enhanced(0, Now, [1]),
            Block(3, Join(U32(9), [1, 2, 3, 4])), Block(3, Join(U32(3), [5, 6, 7]))));

        Assert.AreSequenceEqual(["01", "01020304", "050607"], reading.Frames.Select(frame => frame.Hex));
        Assert.AreSequenceEqual([1, 9, 3], reading.Frames.Select(frame => frame.OriginalLength));
        Assert.AreSequenceEqual([(long)Now * 1000, (long)Now * 1000, (long)Now * 1000], reading.Frames.Select(frame => frame.Time));
        Assert.StartsWith("2 frames carried no time", reading.Notices.Single().Text);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Obsolete_packet_is_read_and_its_drops_are_counted(bool bigEndian)
    {
        byte[] Obsolete(int number, int drops, byte[] data) => Block(
            2,
            Join(
                U16(number, bigEndian), U16(drops, bigEndian), U32((uint)(Now >> 32), bigEndian), U32(unchecked((uint)Now), bigEndian),
                U32((uint)data.Length, bigEndian), U32(88, bigEndian), data),
            bigEndian);

        var reading = Read(Join(
            Section(bigEndian), Interface(1, 0, bigEndian), Interface(101, 0, bigEndian),
            Obsolete(1, 3, [1, 2]), Obsolete(1, 0xffff, [3]), Obsolete(0, 0, [4])));

        Assert.AreSequenceEqual(["0102", "03", "04"], reading.Frames.Select(frame => frame.Hex));
        Assert.AreSequenceEqual([101, 101, 1], reading.Frames.Select(frame => frame.LinkType));
        Assert.AreEqual((long)Now * 1000, reading.Frames[0].Time);
        Assert.AreEqual(88, reading.Frames[0].OriginalLength);
        Assert.AreEqual(3, reading.Files[0].LostFrames);
    }

    [TestMethod]
    public void Drop_counts_beside_frames_and_in_statistics_tell_the_same_loss()
    {
        var reading = Read(Join(
            Section(), Interface(1, 0, false, Option(2, "eth0"u8.ToArray())),
            Enhanced(0, Now, [1, 2, 3], options: [Option(1, "a comment"u8.ToArray()), Option(4, U64(5))]),
            Block(5, Join(U32(0), U64(0), Option(4, U64(90)), Option(5, U64(1)), Option(7, U64(1)))),
            Block(5, Join(U32(0), U64(0), Option(4, U64(100)), Option(5, U64(7)), Option(7, U64(2))))));

        var found = reading.Files[0].Interfaces[0];
        Assert.AreEqual(100, found.ReceivedFrames);
        Assert.AreEqual(7, found.DroppedByInterface);
        Assert.AreEqual(2, found.DroppedBySystem);
        Assert.AreEqual(5, found.DroppedBetweenFrames);
        Assert.AreEqual(9, found.LostFrames);
        Assert.AreEqual(
            "The recorder lost 9 frames of interface eth0 before they reached the file, by its own count.",
            reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Unknown_and_custom_blocks_are_skipped()
    {
        var reading = Read(Join(
            Section(), Block(0x0bad, Join(U32(32473), Payload(1))), Interface(), Block(0x7777, []), Enhanced(0, Now, [1]),
            Block(0x40000bad, U32(32473)), Block(4, U32(0)), Block(0x8000_0001, Payload(2, 1001)), Enhanced(0, Now, [2])));

        Assert.AreSequenceEqual(["01", "02"], reading.Frames.Select(frame => frame.Hex));
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    public void Options_that_lie_about_their_length_end_there()
    {
        var reading = Read(Join(
            Section(), Interface(1, 0, false, Option(2, "eth0"u8.ToArray()), Join(U16(3), U16(60_000), [1, 2, 3, 4])),
            Enhanced(0, Now, [1], options: [Join(U16(4), U16(9), new byte[4])])));

        Assert.AreEqual("eth0", reading.Files[0].Interfaces[0].Name);
        Assert.HasCount(1, reading.Frames);
        Assert.AreEqual(0, reading.Files[0].LostFrames);
    }

    [TestMethod]
    public void Frames_of_an_interface_never_declared_are_left_out_and_counted()
    {
        var reading = Read(Join(Section(), Enhanced(0, Now, [1]), Interface(), Enhanced(1, Now, [2]), Enhanced(0, Now, [3])));

        Assert.AreSequenceEqual(["03"], reading.Frames.Select(frame => frame.Hex));
        Assert.AreEqual(2, reading.Files[0].SkippedFrames);
        Assert.StartsWith("2 frames belonged to an interface that was never declared", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Captured_length_beyond_the_block_is_cut_to_what_is_there()
    {
        var reading = Read(Join(
            Section(), Interface(), Enhanced(0, Now, [1, 2, 3, 4], captured: 400, original: 400), Enhanced(0, Now, [5])));

        Assert.AreSequenceEqual(["01020304", "05"], reading.Frames.Select(frame => frame.Hex));
        Assert.StartsWith("1 frame claimed more captured bytes", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Block_length_that_lies_behind_is_overruled_by_the_next_block()
    {
        var bytes = Pcapng(100);
        U32(4).CopyTo(bytes, BlockAt(41) - 4);

        var reading = Read(bytes);

        Assert.AreSequenceEqual(Read(Pcapng(100)).Contents, reading.Contents);
        Assert.Contains("the next block shows that the first is right", reading.Notices.Single().Text);
    }

    [TestMethod]
    [DataRow(0u)]
    [DataRow(13u)]
    [DataRow(96u)]
    [DataRow(9200u)]
    [DataRow(200_000u)]
    [DataRow(0xffff_fff0u)]
    public void Block_length_that_lies_in_front_is_corrected_by_the_packet(uint lie)
    {
        var bytes = Pcapng(100);
        U32(lie).CopyTo(bytes, BlockAt(40) + 4);

        var reading = Read(bytes);

        Assert.AreSequenceEqual(Read(Pcapng(100)).Contents, reading.Contents);
        Assert.Contains($"A block claims a length of {lie} bytes", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Bytes_lost_from_the_middle_lose_only_the_blocks_they_touch()
    {
        var whole = Pcapng(100);
        var holed = Join(whole[..(BlockAt(40) + 30)], whole[(BlockAt(43) + 11)..]);

        var reading = Read(holed);

        var expected = Read(whole).Contents;
        Assert.AreSequenceEqual(expected.Take(40).Concat(expected.Skip(44)), reading.Contents);
        Assert.HasCount(1, reading.Notices);
        Assert.AreEqual(BlockAt(40), reading.Notices[0].Offset);
        Assert.AreEqual(40, reading.Notices[0].FrameNumber);
    }

    [TestMethod]
    public void File_cut_within_a_block_keeps_the_frames_before_and_says_where()
    {
        var reading = Read(Pcapng(3)[..^5]);

        Assert.HasCount(2, reading.Frames);
        Assert.AreEqual(
            new SourceNotice("test", BlockAt(2), 2, "The file ends within a block: 87 of 92 bytes are there."),
            reading.Notices.Single());
    }

    [TestMethod]
    public void Interfaces_beyond_the_limit_are_left_out_and_counted()
    {
        var reading = Read(
            Join([Section(), .. Enumerable.Range(0, 10).Select(_ => Interface()), Enhanced(3, Now, [1]), Enhanced(4, Now, [2])]),
            new CaptureFileOptions { MaximumInterfaces = 4 });

        Assert.HasCount(1, reading.Frames);
        Assert.HasCount(4, reading.Files[0].Interfaces);
        Assert.Contains(notice => notice.Text.StartsWith("6 interfaces beyond the limit of 4", StringComparison.Ordinal), reading.Notices);
    }

    // Section header 28, interface 20, then blocks of 32 + 60.
    private static int BlockAt(int frame) => 48 + frame * 92;
}
