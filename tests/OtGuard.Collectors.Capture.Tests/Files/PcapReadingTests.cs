using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files;

[TestClass]
public sealed class PcapReadingTests
{
    [TestMethod]
    [DataRow(Microseconds, false, 123_456_000L, DisplayName = "microseconds, little-endian")]
    [DataRow(Microseconds, true, 123_456_000L, DisplayName = "microseconds, big-endian")]
    [DataRow(Nanoseconds, false, 123_456L, DisplayName = "nanoseconds, little-endian")]
    [DataRow(Nanoseconds, true, 123_456L, DisplayName = "nanoseconds, big-endian")]
    public void Magic_and_byte_order_decide_how_a_record_is_read(uint magic, bool bigEndian, long fraction)
    {
        var reading = Read(Join(
            PcapHeader(magic, bigEndian, link: 113), Record(Seconds, 123_456, [1, 2, 3], bigEndian, original: 90)));

        var frame = reading.Frames.Single();
        Assert.AreEqual(Seconds * 1_000_000_000L + fraction, frame.Time);
        Assert.AreEqual(113, frame.LinkType);
        Assert.AreEqual("010203", frame.Hex);
        Assert.AreEqual(90, frame.OriginalLength);
        Assert.AreEqual(1, frame.Number);
        Assert.IsEmpty(reading.Notices);
        Assert.AreEqual(1, reading.Files[0].CutFrames);
        Assert.AreEqual(magic == Nanoseconds ? "10^-9 s" : "10^-6 s", reading.Files[0].Interfaces[0].Resolution);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Modified_record_headers_carry_eight_bytes_more(bool bigEndian)
    {
        // Interface index, protocol, packet type, padding.
        byte[] more = [7, 0, 0, 0, 8, 0, 0, 0];
        byte[] Long(uint fraction, byte[] data) => Join(
            Record(Seconds, fraction, [], bigEndian, (uint)data.Length, (uint)data.Length), more, data);

        var reading = Read(Join(PcapHeader(Modified, bigEndian), Long(1, [1, 2, 3]), Long(2, [4, 5])));

        Assert.AreSequenceEqual(["010203", "0405"], reading.Frames.Select(frame => frame.Hex));
    }

    [TestMethod]
    public void Bits_above_the_link_type_are_not_part_of_it()
    {
        // FCS present (bit 26), two words of it (bits 28 to 31).
        var reading = Read(Join(PcapHeader(link: 0x2400_0001), Record(Seconds, 0, [1, 2, 3, 4, 5])));

        Assert.AreEqual(1, reading.Frames[0].LinkType);
        Assert.AreEqual(4, reading.Files[0].Interfaces[0].FcsBytes);
    }

    [TestMethod]
    public void Zero_length_record_is_a_frame()
    {
        var reading = Read(Join(PcapHeader(), Record(Seconds, 1, []), Record(Seconds, 2, [], original: 60), Record(Seconds, 3, [9])));

        Assert.AreSequenceEqual(["", "", "09"], reading.Frames.Select(frame => frame.Hex));
        Assert.AreEqual(60, reading.Frames[1].OriginalLength);
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    public void File_without_records_is_no_fault()
    {
        var reading = Read(PcapHeader());

        Assert.IsEmpty(reading.Frames);
        Assert.IsEmpty(reading.Notices);
        Assert.IsNull(reading.Files[0].Interfaces[0].First);
    }

    [TestMethod]
    public void File_cut_within_a_record_keeps_the_frames_before_and_says_where()
    {
        var whole = Pcap(3);

        var reading = Read(whole[..^10]);

        Assert.HasCount(2, reading.Frames);
        var notice = reading.Notices.Single();
        Assert.AreEqual(new SourceNotice("test", 24 + 2 * 76, 2, "The file ends within a record: 66 of 76 bytes are there."), notice);
        Assert.AreEqual(66, reading.Files[0].SkippedBytes);
    }

    [TestMethod]
    public void File_cut_within_a_record_header_says_so()
    {
        var reading = Read(Pcap(3)[..(24 + 2 * 76 + 5)]);

        Assert.HasCount(2, reading.Frames);
        Assert.AreEqual("The file ends within a record header: 5 of 16 bytes are there.", reading.Notices.Single().Text);
    }

    [TestMethod]
    [DataRow(5_000u, DisplayName = "over other records")]
    [DataRow(200_000u, DisplayName = "beyond the end of the file")]
    [DataRow(0xffff_fff0u, DisplayName = "beyond every limit")]
    public void Captured_length_that_lies_is_corrected_by_the_original_length(uint lie)
    {
        var reading = Read(Damaged(frame: 40, field: 8, lie));

        Assert.HasCount(100, reading.Frames);
        Assert.AreSequenceEqual(Read(Pcap(100)).Contents, reading.Contents);
        Assert.Contains($"A record claims {lie} captured bytes of a frame of 60", reading.Notices.Single().Text);
    }

    [TestMethod]
    [DataRow(500u, DisplayName = "over other records")]
    [DataRow(60_000u, DisplayName = "beyond the end of the file")]
    [DataRow(0x7fff_ffffu, DisplayName = "beyond every limit")]
    public void Both_lengths_lying_lose_one_frame_only(uint lie)
    {
        var bytes = Damaged(frame: 40, field: 8, lie);
        U32(lie).CopyTo(bytes, 24 + 40 * 76 + 12);

        var reading = Read(bytes);

        var whole = Read(Pcap(100)).Contents;
        Assert.AreSequenceEqual(whole.Take(40), reading.Contents.Take(40));
        Assert.AreSequenceEqual(whole.Skip(41), reading.Contents.TakeLast(59));
        Assert.HasCount(1, reading.Notices);
    }

    [TestMethod]
    public void Bytes_lost_from_the_middle_lose_no_record_behind()
    {
        var whole = Pcap(100);
        var holed = Join(whole[..(24 + 40 * 76 + 30)], whole[(24 + 43 * 76 + 11)..]);

        var reading = Read(holed);

        Assert.AreSequenceEqual(Read(whole).Contents.Skip(44), reading.Contents.TakeLast(56));
        Assert.IsInRange(96, 97, reading.Frames.Count);
        Assert.IsNotEmpty(reading.Notices);
    }

    [TestMethod]
    public void Run_of_zeros_is_passed_over()
    {
        var whole = Pcap(10);
        var holed = Join(whole[..(24 + 5 * 76)], new byte[10_001], whole[(24 + 5 * 76)..]);

        var reading = Read(holed);

        Assert.AreSequenceEqual(Read(whole).Contents, reading.Contents);
        Assert.AreEqual(10_001, reading.Files[0].SkippedBytes);
        Assert.Contains("reading went on 10001 bytes further", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Rest_without_any_record_is_reported_once()
    {
        var whole = Pcap(10);

        var reading = Read(Join(whole, new byte[5000]));

        Assert.AreSequenceEqual(Read(whole).Contents, reading.Contents);
        Assert.AreEqual("No further record was found in the last 5000 bytes of the file.", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Frame_longer_than_the_snapshot_length_of_its_file_is_read()
    {
        var reading = Read(Join(
            PcapHeader(snapshot: 96), Record(Seconds, 1, Payload(1, 1500)), Record(Seconds, 2, Payload(2, 60))));

        Assert.AreSequenceEqual([1500, 60], reading.Frames.Select(frame => frame.Data.Length));
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    public void Frame_longer_than_the_window_is_read_whole()
    {
        var large = Payload(3, 3_000_000);

        var reading = Read(Join(
            PcapHeader(snapshot: 0), Record(Seconds, 1, Payload(1)), Record(Seconds, 2, large), Record(Seconds, 3, Payload(2))));

        Assert.HasCount(3, reading.Frames);
        Assert.IsTrue(large.AsSpan().SequenceEqual(reading.Frames[1].Data));
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    public void Captured_length_above_the_original_one_is_used_and_counted()
    {
        var reading = Read(Join(
            PcapHeader(), Record(Seconds, 1, Payload(1)), Record(Seconds, 2, Payload(2), original: 0),
            Record(Seconds, 3, Payload(3), original: 20), Record(Seconds, 4, Payload(4))));

        Assert.AreSequenceEqual([60, 60, 60, 60], reading.Frames.Select(frame => frame.OriginalLength));
        Assert.StartsWith("2 frames claimed to have been shorter", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Writers_before_version_2_4_have_the_two_lengths_swapped()
    {
        var reading = Read(Join(
            PcapHeader(minor: 2),
            Record(Seconds, 1, Payload(1, 40), captured: 60, original: 40), Record(Seconds, 2, Payload(2, 40))));

        Assert.AreSequenceEqual([40, 40], reading.Frames.Select(frame => frame.Data.Length));
        Assert.AreSequenceEqual([60, 40], reading.Frames.Select(frame => frame.OriginalLength));
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    public void Clock_that_jumps_by_years_is_believed()
    {
        var reading = Read(Join(
            PcapHeader(), Record(5, 1, Payload(1)), Record(Seconds, 2, Payload(2)), Record(Seconds + 1_000_000, 3, Payload(3))));

        Assert.HasCount(3, reading.Frames);
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    public void Fraction_above_a_second_in_every_record_is_added_as_it_is()
    {
        var reading = Read(Join(
            [PcapHeader(), .. Enumerable.Range(1, 5).Select(i => Record(Seconds, (uint)i * 1_000_000, Payload(i)))]));

        Assert.AreSequenceEqual(
            Enumerable.Range(1, 5).Select(i => (Seconds + i) * 1_000_000_000L), reading.Frames.Select(frame => frame.Time));
    }

    [TestMethod]
    public void Damaged_second_header_does_not_cost_the_first_frame()
    {
        var bytes = Pcap(5);
        bytes.AsSpan(24 + 76, 16).Fill(0xee);

        var reading = Read(bytes);

        var whole = Read(Pcap(5)).Contents;
        Assert.AreSequenceEqual([whole[0], .. whole.Skip(2)], reading.Contents);
    }

    [TestMethod]
    public void Time_going_backwards_is_counted_once_for_the_file()
    {
        var reading = Read(Join(
            PcapHeader(), Record(Seconds, 1, [1]), Record(Seconds + 9, 1, [2]), Record(Seconds + 5, 1, [3]),
            Record(Seconds + 6, 1, [4]), Record(Seconds + 5, 500_001, [5])));

        Assert.AreSequenceEqual([1L, 2L, 3L, 4L, 5L], reading.Frames.Select(frame => frame.Number));
        Assert.AreEqual(
            "Time goes backwards at 2 frames, first after frame 2, by up to 4.000000 s; the order of the file was kept.",
            reading.Notices.Single().Text);
        Assert.AreEqual(2, reading.Files[0].TimeSteps);
        Assert.AreEqual(Seconds * 1_000_000_000L + 1000, reading.Files[0].Interfaces[0].First!.Value.UnixNanoseconds);
        Assert.AreEqual((Seconds + 9) * 1_000_000_000L + 1000, reading.Files[0].Interfaces[0].Last!.Value.UnixNanoseconds);
    }

    private static byte[] Damaged(int frame, int field, uint value)
    {
        var bytes = Pcap(100);
        U32(value).CopyTo(bytes, 24 + frame * 76 + field);
        return bytes;
    }
}
