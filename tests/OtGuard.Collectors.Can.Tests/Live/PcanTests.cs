using System.Globalization;
using OtGuard.Collectors.Can.Live;
using OtGuard.Collectors.Can.Live.Pcan;

namespace OtGuard.Collectors.Can.Tests.Live;

/// <summary>The PCAN source against a library that implements PEAK's documented interface.</summary>
[TestClass]
[DoNotParallelize]
public sealed class PcanTests
{
    private const uint Overrun = 0x2;
    private const uint BusOff = 0x10;
    private const uint QueueOverrun = 0x40;
    private const uint BusPassive = 0x40000;
    private const uint IllegalHardware = 0x1400;

    [TestInitialize]
    public void Reset() => FakePcan.Reset();

    [TestCleanup]
    public void Nothing_was_sent() => Assert.AreEqual(0, FakePcan.Writes);

    [TestMethod]
    public void Listen_only_is_set_before_the_channel_is_initialised_and_read_back_after_it()
    {
        using (var source = Open())
        {
            Assert.AreEqual(
                "SetValue(8,1) Initialize(51,001C) GetValue(8)=1 SetValue(20,1) SetValue(1E,1)", FakePcan.Calls);
            Assert.IsFalse(source.Report().Acknowledges);
        }

        Assert.EndsWith("Uninitialize", FakePcan.Calls);
    }

    [TestMethod]
    public void A_channel_that_does_not_listen_only_is_given_back()
    {
        FakePcan.RefuseListenOnly(ignores: true);

        var fault = Assert.ThrowsExactly<LiveSourceException>(() => Open());

        Assert.Contains("does not listen only", fault.Message);
        Assert.IsFalse(FakePcan.IsInitialized);
    }

    [TestMethod]
    public void A_channel_that_refuses_to_listen_only_is_not_initialised()
    {
        FakePcan.RefuseListenOnly(refuses: true);

        var fault = Assert.ThrowsExactly<LiveSourceException>(() => Open());

        Assert.Contains("Words for status 4000", fault.Message);
        Assert.AreEqual("SetValue(8,1)", FakePcan.Calls);
    }

    [TestMethod]
    public void Acknowledging_has_to_be_asked_for_and_is_reported()
    {
        using var source = Open(acknowledge: true);

        Assert.StartsWith("SetValue(8,0) Initialize", FakePcan.Calls);
        Assert.IsTrue(source.Report().Acknowledges);
        Assert.Contains("acknowledges frames", source.Report().Mode);
    }

    [TestMethod]
    public void Classic_frames_are_those_a_log_would_hold()
    {
        // The library stamps with the machine's own time on Linux; such stamps are taken as they are.
        var now = (ulong)(TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds * 1000;
        FakePcan.Push(0x123, 0, "0102030405060708", now + 1);
        FakePcan.Push(0x18DAF110, 2, "AA", now + 250);
        FakePcan.Push(0x7FF, 1, "", now + 1000, length: 5);
        using var source = Open();

        var frames = ReadAll(source);

        AssertBytes(frames, "0000012308000000 0102030405060708", "98DAF11001000000 AA", "400007FF05000000");
        Assert.AreEqual("1000 250000 1000000", string.Join(' ', frames.Select(f => f.Time - (long)now * 1000)));
        Assert.AreEqual(3, source.Report().Frames);
    }

    [TestMethod]
    public void Reading_a_frame_allocates_nothing()
    {
        for (var i = 0; i < 200; i++) FakePcan.Push(0x100, 0, "0102030405060708", (ulong)i);
        using var source = Open();
        for (var i = 0; i < 100; i++) source.Read(TimeSpan.Zero, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++) source.Read(TimeSpan.Zero, out _);

        Assert.AreEqual(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.AreEqual(200, source.Report().Frames);
    }

    [TestMethod]
    public void Frames_of_CAN_FD_have_their_flags_and_their_length_by_code()
    {
        FakePcan.Push(0x100, 4 | 8, string.Concat(Enumerable.Repeat("5A", 64)), 5, length: 15);
        FakePcan.Push(0x101, 4 | 16, "000102030405060708090A0B", 6, length: 9);
        FakePcan.Push(0x102, 0, "11", 7);
        using var source = Open(new PcanOptions { BitsPerSecond = 500_000, DataBitsPerSecond = 2_000_000 });

        var frames = ReadAll(source);

        Assert.Contains(
            "InitializeFD(51,f_clock=80000000,nom_brp=1,nom_tseg1=127,nom_tseg2=32,nom_sjw=32,data_brp=1,data_tseg1=31,data_tseg2=8,data_sjw=8)",
            FakePcan.Calls);
        CollectionAssert.AreEqual(
            new[]
            {
                "0000010040050000 " + string.Concat(Enumerable.Repeat("5A", 64)),
                "000001010C060000 000102030405060708090A0B",
                "0000010201000000 11",
            },
            frames.Select(f => f.Bytes).ToArray());
    }

    [TestMethod]
    public void An_empty_queue_is_quiet_until_the_source_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        using var source = Open(stop: stop.Token);

        Assert.AreEqual(LiveRead.Quiet, source.Read(TimeSpan.FromMilliseconds(20), out _));
        stop.Cancel();
        Assert.AreEqual(LiveRead.Ended, source.Read(TimeSpan.FromMinutes(5), out _));
        Assert.IsFalse(source.TryRead(out _));
    }

    [TestMethod]
    [DataRow(Overrun)]
    [DataRow(QueueOverrun)]
    public void Lost_frames_are_counted_noted_and_shown_as_an_overflow_of_the_controller(uint status)
    {
        FakePcan.PushStatus(status);
        FakePcan.Push(0x10, 0, "01", 1);
        using var source = Open();

        var frames = ReadAll(source);

        AssertBytes(frames, "2000000408000000 0001000000000000", "0000001001000000 01");
        Assert.AreEqual(1, source.Overruns);
        Assert.AreEqual(1, source.Report().LostFrames);
        Assert.Contains("Frames were lost", source.Notices[0].Text);
    }

    [TestMethod]
    public void A_message_that_comes_with_an_overrun_is_kept()
    {
        FakePcan.Push(0x10, 0, "01", 1, status: Overrun);
        using var source = Open();

        AssertBytes(ReadAll(source), "0000001001000000 01", "2000000408000000 0001000000000000");
    }

    [TestMethod]
    public void Bus_off_and_error_passive_become_error_frames_once_each_and_so_does_the_way_back()
    {
        using var source = Open();

        FakePcan.State(BusPassive);
        var passive = ReadAll(source);
        var nothing = ReadAll(source);
        FakePcan.State(BusOff);
        var off = ReadAll(source);
        FakePcan.State(0);
        FakePcan.Push(0, 0x80, "00000000", 9);
        var active = ReadAll(source);

        Assert.AreEqual("2000000408000000 0030000000000000", passive.Single().Bytes);
        Assert.IsEmpty(nothing);
        Assert.AreEqual("2000004008000000 0000000000000000", off.Single().Bytes);
        Assert.AreEqual("2000000408000000 0040000000000000", active.Single().Bytes);
        Assert.Contains("off the bus", source.Notices.Single().Text);
        Assert.AreEqual(3, source.Report().ErrorFrames);
    }

    [TestMethod]
    public void An_error_frame_keeps_kind_place_and_counters()
    {
        FakePcan.Push(4, 0x40, "010A6005", 1);
        FakePcan.Push(8, 0x40, "00190003", 2);
        using var source = Open();

        AssertBytes(ReadAll(source), "2000028808000000 0000040A00000560", "2000028808000000 0000801900000300");
    }

    [TestMethod]
    public void A_channel_that_is_pulled_out_ends_the_source_and_says_so()
    {
        FakePcan.PushStatus(IllegalHardware);
        using var source = Open();

        Assert.AreEqual(LiveRead.Ended, source.Read(TimeSpan.FromSeconds(10), out _));
        Assert.Contains("The channel is gone", source.Notices.Single().Text);
    }

    [TestMethod]
    public void A_channel_that_cannot_be_initialised_is_refused_in_the_librarys_words()
    {
        FakePcan.InitializeStatus(IllegalHardware);

        var fault = Assert.ThrowsExactly<LiveSourceException>(() => Open());

        Assert.Contains("PCAN_USBBUS1 could not be initialised: Words for status 1400", fault.Message);
    }

    [TestMethod]
    public void A_channel_in_use_with_another_bitrate_is_given_back()
    {
        FakePcan.InitializeStatus(0x2000000);

        Assert.ThrowsExactly<LiveSourceException>(() => Open());

        Assert.IsFalse(FakePcan.IsInitialized);
    }

    [TestMethod]
    public void The_inventory_names_the_library_and_what_is_plugged_in()
    {
        var inventory = PcanChannels.Examine();

        Assert.AreEqual("4.7.0.3", inventory.Version);
        Assert.IsNull(inventory.Missing);
        Assert.AreEqual(new PcanChannel("PCAN_USBBUS1", "PCAN-USB FD", true, true), inventory.Channels.Single());
    }

    [TestMethod]
    [DataRow("PCAN_USBBUS1", 0x51)]
    [DataRow("usbbus8", 0x58)]
    [DataRow("PCAN_USBBUS9", 0x509)]
    [DataRow("PCAN_USBBUS16", 0x510)]
    [DataRow("PCAN_PCIBUS2", 0x42)]
    [DataRow("PCAN_LANBUS16", 0x810)]
    [DataRow("PCAN_USBBUS17", 0)]
    [DataRow("PCAN_USBBUS0", 0)]
    [DataRow("can0", 0)]
    public void Channels_have_the_numbers_of_the_header(string name, int handle) =>
        Assert.AreEqual(handle, PcanChannels.Handle(name));

    [TestMethod]
    [DataRow(500_000, 2_000_000, true)]
    [DataRow(1_000_000, 8_000_000, true)]
    [DataRow(10_000, 1_000_000, true)]
    [DataRow(500_000, 3_000_000, false)]
    public void Timings_make_the_bitrate_they_are_asked_for(int nominal, int data, bool possible)
    {
        var text = PcanTiming.Fd(nominal, data);

        Assert.AreEqual(possible, text is not null);
        if (text is null) return;
        var values = text.Split(',').Select(part => part.Split('=')).ToDictionary(part => part[0], part => int.Parse(part[1], CultureInfo.InvariantCulture));
        Assert.AreEqual(
            nominal, values["f_clock"] / (values["nom_brp"] * (1 + values["nom_tseg1"] + values["nom_tseg2"])));
        Assert.AreEqual(
            data, values["f_clock"] / (values["data_brp"] * (1 + values["data_tseg1"] + values["data_tseg2"])));
    }

    private static PcanSource Open(
        PcanOptions? timing = null, bool acknowledge = false, CancellationToken stop = default) => PcanSource.Open(
        "PCAN_USBBUS1", timing ?? new PcanOptions(), new LiveCanOptions { Acknowledge = acknowledge, Stop = stop });

    private static void AssertBytes(List<(string Bytes, long Time)> frames, params string[] expected) =>
        CollectionAssert.AreEqual(expected, frames.Select(frame => frame.Bytes).ToArray());

    private static List<(string Bytes, long Time)> ReadAll(PcanSource source)
    {
        var frames = new List<(string, long)>();
        while (source.Read(TimeSpan.Zero, out var frame) == LiveRead.Frame)
        {
            var text = $"{Convert.ToHexString(frame.Data[..8])} {Convert.ToHexString(frame.Data[8..])}";
            frames.Add((text.TrimEnd(), frame.Time.UnixNanoseconds));
        }

        return frames;
    }
}
