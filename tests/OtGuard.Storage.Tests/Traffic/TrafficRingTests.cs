using System.Diagnostics;
using System.Security.Cryptography;
using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Storage.Traffic;
using OtGuard.TestKit;

namespace OtGuard.Storage.Tests.Traffic;

[TestClass]
public sealed class TrafficRingTests
{
    private const string Capture = "modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap";

    private static readonly TrafficRingOptions Small = new()
    {
        BatchBytes = 64 << 10,
        SegmentBytes = 128 << 10,
        MaximumBytes = 1 << 20,
        MaximumAge = TimeSpan.FromDays(10),
    };

    [TestMethod]
    public void What_is_kept_is_read_back_frame_by_frame_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        using (var ring = Open(folder, Small with { MaximumBytes = 1 << 26 })) Fill(ring);

        using var again = Open(folder, Small with { MaximumBytes = 1 << 26 });
        var copied = Copied(again, new CaptureTime(0), new CaptureTime(long.MaxValue));

        using var expected = CaptureFiles.Open([SharedData.PathOf(Capture)]);
        using var read = CaptureFiles.Open([Save(folder, copied)]);
        long frames = 0;
        while (expected.TryRead(out var one))
        {
            Assert.IsTrue(read.TryRead(out var other));
            Assert.AreEqual(one.Time, other.Time);
            Assert.AreEqual(one.LinkType, other.LinkType);
            Assert.AreEqual(one.OriginalLength, other.OriginalLength);
            Assert.IsTrue(one.Data.SequenceEqual(other.Data));
            frames++;
        }

        Assert.IsFalse(read.TryRead(out _));
        Assert.IsEmpty(read.Notices);
        Assert.AreEqual(frames, again.Report().Frames);
        Assert.IsGreaterThan(8, again.Report().Segments);
    }

    [TestMethod]
    public void The_ring_keeps_to_its_size_and_says_how_far_back_it_reaches()
    {
        using var folder = new TemporaryFolder();
        using var ring = Open(folder, Small);

        var last = Fill(ring);

        var report = ring.Report();
        Assert.IsLessThanOrEqualTo(Small.MaximumBytes, new DirectoryInfo(folder.Path).EnumerateFiles().Sum(file => file.Length));
        Assert.IsGreaterThan(0, report.EvictedSegments);
        ring.Flush();
        report = ring.Report();
        Assert.AreEqual(11_166, report.Frames + report.EvictedFrames);
        Assert.AreEqual(last, report.Newest);
        Assert.IsLessThan(last, report.Oldest!.Value);
        Assert.AreEqual(report.Newest - report.Oldest, report.Age);
    }

    [TestMethod]
    public void What_is_too_old_goes_though_nothing_new_comes()
    {
        using var folder = new TemporaryFolder();
        using var ring = Open(folder, Small with { MaximumBytes = 1 << 26, MaximumAge = TimeSpan.FromMinutes(5) });
        var last = Fill(ring);
        ring.Flush();
        Assert.IsLessThanOrEqualTo(TimeSpan.FromMinutes(6), ring.Report().Age!.Value);

        ring.OnTime(last + TimeSpan.FromMinutes(12));

        Assert.AreEqual(0, ring.Report().Frames);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(1000)]
    [DataRow(70_000)]
    public void A_segment_torn_anywhere_is_kept_up_to_the_tear(int torn)
    {
        using var folder = new TemporaryFolder();
        using var dead = new TemporaryFolder();
        using (var ring = Open(folder, Small))
        {
            Fill(ring, 1500);
            ring.Flush();
            // As the process would leave it at once: the files as they are now.
            foreach (var file in Directory.GetFiles(folder.Path)) File.Copy(file, dead.File(Path.GetFileName(file)));
        }

        var open = Directory.GetFiles(dead.Path, "*-open.pcapng").Single();
        using (var file = new FileStream(open, FileMode.Open)) file.SetLength(Math.Max(0, file.Length - torn));

        using var again = Open(dead, Small);
        var report = again.Report();
        Assert.IsInRange(1, 1499, report.Frames);
        Assert.IsEmpty(Directory.GetFiles(dead.Path, "*-open.pcapng"));
        using var read = CaptureFiles.Open([Save(folder, Copied(again, new CaptureTime(0), new CaptureTime(long.MaxValue)))]);
        long frames = 0;
        while (read.TryRead(out _)) frames++;
        Assert.AreEqual(report.Frames, frames);
        Assert.IsEmpty(read.Notices);
        Fill(again, 10);
        again.Flush();
        Assert.AreEqual(report.Frames + 10, again.Report().Frames);
    }

    [TestMethod]
    public void Zeros_that_a_loss_of_power_leaves_end_a_segment()
    {
        using var folder = new TemporaryFolder();
        using (var ring = Open(folder, Small)) Fill(ring, 100);
        var finished = Directory.GetFiles(folder.Path).Single();
        var open = folder.File("000000000000-open.pcapng");
        File.Move(finished, open);
        var whole = new FileInfo(open).Length;
        using (var file = new FileStream(open, FileMode.Append)) file.Write(new byte[5000]);

        using var again = Open(folder, Small);

        Assert.AreEqual(100, again.Report().Frames);
        Assert.AreEqual(5000, again.Report().TornBytes);
        Assert.AreEqual(whole, new FileInfo(Directory.GetFiles(folder.Path).Single()).Length);
    }

    [TestMethod]
    public void Other_files_in_the_folder_are_left_alone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("notes.txt"), "mine");
        File.WriteAllText(folder.File("mine.pcapng"), "mine");

        using (var ring = Open(folder, Small)) Fill(ring);

        Assert.AreEqual("mine", File.ReadAllText(folder.File("notes.txt")));
        Assert.AreEqual("mine", File.ReadAllText(folder.File("mine.pcapng")));
    }

    [TestMethod]
    public void Appending_allocates_nothing_but_at_a_new_segment()
    {
        using var folder = new TemporaryFolder();
        using var ring = Open(folder, new TrafficRingOptions());
        using var source = CaptureFiles.Open([SharedData.PathOf(Capture)]);
        Assert.IsTrue(source.TryRead(out var frame));
        for (var i = 0; i < 20_000; i++) ring.Append(in frame);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 50_000; i++) ring.Append(in frame);

        Assert.IsLessThan(50_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void A_full_disk_costs_the_oldest_segment_and_then_frames_that_are_counted()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            Assert.Inconclusive("A file system can only be mounted as root.");
        using var folder = new TemporaryFolder();
        Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.Path);
        try
        {
            // Bound to more than there is room for.
            using var ring = Open(folder, Small with { MaximumBytes = 1 << 26 });

            Fill(ring);
            ring.Flush();

            var report = ring.Report();
            Assert.IsGreaterThan(0, report.EvictedSegments);
            Assert.AreEqual(11_166, report.Frames + report.EvictedFrames + report.LostFrames);
            Assert.IsGreaterThan(3000, report.Frames);
        }
        finally
        {
            Run("umount", folder.Path);
        }
    }

    [TestMethod]
    public void Evidence_holds_the_frames_of_a_deviation_with_those_before_at_once_and_those_after_when_they_have_come()
    {
        using var folder = new TemporaryFolder();
        using var kept = new TemporaryFolder();
        using var ring = Open(folder, Small with { MaximumBytes = 1 << 26 });
        var evidence = EvidenceStore.Open(kept.Path, ring, new EvidenceOptions { Around = 20 });
        List<Evidence> told = [];
        evidence.Kept = told.Add;
        var frames = new FrameRanges();
        foreach (var number in new long[] { 700, 701, 730, 990 }) frames.Add(number);

        var last = Fill(ring, 1000);
        var first = evidence.Keep("a1b2", frames, last + TimeSpan.FromSeconds(-60), last);
        Assert.IsNotNull(first);
        // 680 to 750, and 970 to what there is.
        Assert.AreEqual(71 + 31, first.Frames);
        Assert.IsFalse(first.IsComplete);
        last = Fill(ring, 100, skip: 1000);
        evidence.OnTime(last);

        Assert.HasCount(2, told);
        Assert.IsTrue(told[1].IsComplete);
        Assert.AreEqual(71 + 41, told[1].Frames);
        Assert.AreEqual(told[1].Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(told[1].Path))));
        Assert.AreEqual($"{told[1].Sha256}  a1b2.pcapng\n", File.ReadAllText(kept.File("a1b2.sha256")));
        CollectionAssert.AreEqual(
            Times(SharedData.PathOf(Capture)).Where((_, at) => at + 1 is >= 680 and <= 750 or >= 970 and <= 1010).ToList(),
            Times(told[1].Path));
    }

    [TestMethod]
    public void Evidence_that_waits_in_vain_is_completed_in_time_and_the_oldest_makes_room()
    {
        using var folder = new TemporaryFolder();
        using var kept = new TemporaryFolder();
        using var ring = Open(folder, Small with { MaximumBytes = 1 << 26 });
        var last = Fill(ring, 500);
        var evidence = EvidenceStore.Open(kept.Path, ring, new EvidenceOptions { Around = 100, MaximumBytes = 60_000 });
        List<Evidence> told = [];
        evidence.Kept = told.Add;
        var frames = new FrameRanges();
        frames.Add(499);

        for (var i = 0; i < 10; i++) evidence.Keep($"d{i}", frames, last, last);
        evidence.OnTime(last + TimeSpan.FromSeconds(9));
        Assert.HasCount(10, told);
        evidence.OnTime(last + TimeSpan.FromSeconds(10));

        Assert.HasCount(20, told);
        Assert.IsTrue(told.Skip(10).All(one => one is { IsComplete: true, Frames: 102 }));
        Assert.IsGreaterThan(0, evidence.Evicted);
        Assert.IsLessThanOrEqualTo(60_000, new DirectoryInfo(kept.Path).EnumerateFiles().Sum(file => file.Length));
        Assert.ThrowsExactly<ArgumentException>(() => evidence.Keep("../escape", frames, last, last));
    }

    private static TrafficRing Open(TemporaryFolder folder, TrafficRingOptions options) =>
        TrafficRing.Open(folder.Path, source => $"eth{source}", options);

    /// <summary>Appends frames of the capture; the time of the last.</summary>
    private static CaptureTime Fill(TrafficRing ring, int count = int.MaxValue, int skip = 0)
    {
        using var source = CaptureFiles.Open([SharedData.PathOf(Capture)]);
        CaptureTime last = default;
        for (var i = 0; i - skip < count && source.TryRead(out var frame); i++)
        {
            if (i < skip) continue;
            ring.Append(in frame);
            last = frame.Time;
        }

        return last;
    }

    private static byte[] Copied(TrafficRing ring, CaptureTime from, CaptureTime to)
    {
        using var stream = new MemoryStream();
        var copy = ring.Copy(from, to, stream);
        Assert.AreEqual(copy.Bytes, stream.Length);
        return stream.ToArray();
    }

    private static string Save(TemporaryFolder folder, byte[] capture)
    {
        var path = folder.File("copied");
        File.WriteAllBytes(path, capture);
        return path;
    }

    private static List<CaptureTime> Times(string path)
    {
        using var source = CaptureFiles.Open([path]);
        List<CaptureTime> times = [];
        while (source.TryRead(out var frame)) times.Add(frame.Time);
        return times;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, program);
    }
}
