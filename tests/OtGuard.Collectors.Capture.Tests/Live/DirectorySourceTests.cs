using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Live;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Capture.Tests.Live;

[TestClass]
public sealed class DirectorySourceTests
{
    private const string First = "modbus/emreekin/ModbusFloat.pcap";
    private const string Second = "modbus/emreekin/FC1-permit.pcap";
    private const string Third = "modbus/emreekin/crash.pcap";

    private static readonly DirectoryOptions EveryLook = new() { Interval = TimeSpan.Zero };

    [TestMethod]
    public void Finished_files_are_read_each_once_by_their_last_write_and_the_one_being_written_waits()
    {
        using var folder = new TemporaryFolder();
        // The order of names is another one, as where a recorder counts 9, 10.
        Write(folder, "z.pcap", First, TimeSpan.FromMinutes(9));
        Write(folder, "b.pcap", Second, TimeSpan.FromMinutes(8));
        Write(folder, "a.pcap", Third, TimeSpan.Zero);
        using var source = DirectorySource.Open(folder.Path, EveryLook);

        var read = ReadAll(source);
        CollectionAssert.AreEqual(Times(First, Second), read);
        Assert.IsEmpty(ReadAll(source));

        Write(folder, "a.pcap", Third, TimeSpan.FromMinutes(2));
        CollectionAssert.AreEqual(Times(Third), ReadAll(source));
        Assert.AreEqual(3, source.Report().FilesRead);
        Assert.IsEmpty(source.Notices);
    }

    [TestMethod]
    public void A_file_that_a_newer_one_follows_is_finished_once_it_is_still()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "1.pcap", First, TimeSpan.FromSeconds(5));
        Write(folder, "2.pcap", Second, TimeSpan.Zero);
        using var source = DirectorySource.Open(folder.Path, EveryLook);

        Assert.AreEqual(LiveRead.Quiet, source.Read(TimeSpan.Zero, out _));
        CollectionAssert.AreEqual(Times(First), ReadAll(source));
    }

    [TestMethod]
    public void A_later_run_goes_on_behind_the_last_frame()
    {
        using var folder = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        Write(folder, "1.pcap", First, TimeSpan.FromMinutes(9));
        Write(folder, "2.pcap", Second, TimeSpan.FromMinutes(8));
        var options = EveryLook with { State = elsewhere.File("read.json") };
        var all = Times(First, Second);

        List<CaptureTime> read = [];
        for (var run = 0; run < all.Count + 3; run++)
        {
            using var source = DirectorySource.Open(folder.Path, options);
            if (source.Read(TimeSpan.Zero, out var frame) == LiveRead.Frame) read.Add(frame.Time);
        }

        CollectionAssert.AreEqual(all, read);
    }

    [TestMethod]
    public void A_file_that_grows_after_all_is_read_on_and_one_made_anew_from_its_beginning()
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(SharedData.PathOf(First));
        var path = folder.File("1.pcap");
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-9));
        using var source = DirectorySource.Open(folder.Path, EveryLook);
        var read = ReadAll(source);
        Assert.IsLessThan(Times(First).Count, read.Count);

        Write(folder, "1.pcap", First, TimeSpan.FromMinutes(8));
        read.AddRange(ReadAll(source));
        CollectionAssert.AreEqual(Times(First), read);
        Assert.IsTrue(source.Notices.Any(notice => notice.Text.Contains("went on after it was taken for finished", StringComparison.Ordinal)));

        Write(folder, "1.pcap", Second, TimeSpan.FromMinutes(7));
        CollectionAssert.AreEqual(Times(Second), ReadAll(source));
    }

    [TestMethod]
    public void What_is_no_capture_is_said_once_and_the_others_are_read()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("notes"), "no capture at all");
        File.SetLastWriteTimeUtc(folder.File("notes"), TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-9));
        Write(folder, "2.pcap", Second, TimeSpan.FromMinutes(8));
        Write(folder, ".hidden", First, TimeSpan.FromMinutes(8));
        using var source = DirectorySource.Open(folder.Path, EveryLook);

        CollectionAssert.AreEqual(Times(Second), ReadAll(source));
        Assert.IsEmpty(ReadAll(source));
        Assert.ContainsSingle(source.Notices);
    }

    [TestMethod]
    public void A_state_that_is_none_is_not_thrown_away_and_a_folder_that_is_missing_is_said()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("state"), "{}");

        var fault = Assert.ThrowsExactly<LiveSourceException>(
            () => DirectorySource.Open(folder.Path, EveryLook with { State = folder.File("state") }));
        Assert.Contains("delete it", fault.Message);
        Assert.AreEqual("{}", File.ReadAllText(folder.File("state")));
        Assert.ThrowsExactly<LiveSourceException>(() => DirectorySource.Open(folder.File("none"), EveryLook));
    }

    private static void Write(TemporaryFolder folder, string name, string capture, TimeSpan age)
    {
        File.WriteAllBytes(folder.File(name), File.ReadAllBytes(SharedData.PathOf(capture)));
        File.SetLastWriteTimeUtc(folder.File(name), TimeProvider.System.GetUtcNow().UtcDateTime - age);
    }

    /// <summary>Reads until two looks in a row find nothing.</summary>
    private static List<CaptureTime> ReadAll(DirectorySource source)
    {
        List<CaptureTime> times = [];
        for (var quiet = 0; quiet < 2;)
        {
            if (source.Read(TimeSpan.Zero, out var frame) == LiveRead.Frame)
            {
                times.Add(frame.Time);
                quiet = 0;
            }
            else
            {
                quiet++;
            }
        }

        return times;
    }

    private static List<CaptureTime> Times(params string[] captures)
    {
        List<CaptureTime> times = [];
        foreach (var capture in captures)
        {
            using var source = CaptureFiles.Open([SharedData.PathOf(capture)]);
            while (source.TryRead(out var frame)) times.Add(frame.Time);
        }

        return times;
    }
}
