using System.Diagnostics;
using System.Security.Cryptography;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Models;
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

    public TestContext TestContext { get; set; } = null!;

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
        FrameRange[] frames = [new(700, 701), new(730, 730), new(990, 990)];

        var last = Fill(ring, 1000);
        ring.Flush();
        var first = evidence.Keep("a1b2", frames, last);
        Assert.IsNotNull(first);
        // 680 to 750, and 970 to what there is.
        Assert.AreEqual(71 + 31, first.Frames);
        Assert.IsFalse(first.IsComplete);
        last = Fill(ring, 100, skip: 1000);
        ring.Flush();
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
        FrameRange[] frames = [new(499, 499)];
        ring.Flush();

        for (var i = 0; i < 10; i++) evidence.Keep($"d{i}", frames, last);
        evidence.OnTime(last + TimeSpan.FromSeconds(9));
        Assert.HasCount(10, told);
        evidence.OnTime(last + TimeSpan.FromSeconds(10));

        Assert.HasCount(20, told);
        Assert.IsTrue(told.Skip(10).All(one => one is { IsComplete: true, Frames: 102 }));
        Assert.IsGreaterThan(0, evidence.Evicted);
        Assert.IsLessThanOrEqualTo(60_000, new DirectoryInfo(kept.Path).EnumerateFiles().Sum(file => file.Length));
        Assert.ThrowsExactly<ArgumentException>(() => evidence.Keep("../escape", frames, last));
    }

    [TestMethod]
    public void Evidence_is_not_made_less_by_a_ring_that_has_forgotten()
    {
        using var folder = new TemporaryFolder();
        using var kept = new TemporaryFolder();
        using var ring = Open(folder, Small);
        var evidence = EvidenceStore.Open(kept.Path, ring, new EvidenceOptions { Around = 20 });
        Fill(ring, 1000);
        ring.Flush();
        var first = evidence.Keep("a1", [new(500, 600)], default)!;
        var last = Fill(ring, skip: 1000);
        ring.Flush();
        Assert.IsGreaterThan(1000, ring.Report().EvictedFrames);

        var again = evidence.Keep("a1", [new(500, 600), new(11_000, 11_000)], last)!;

        Assert.AreEqual(first.Sha256, again.Sha256);
        Assert.AreEqual(first.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(again.Path))));
        Assert.HasCount(2, Directory.GetFiles(kept.Path));
    }

    [TestMethod]
    public void A_disk_that_is_nearly_full_is_left_to_the_store_until_there_is_room_again()
    {
        using var folder = new TemporaryFolder();
        var free = long.MaxValue;
        using var ring = Open(folder, Small with { MinimumFreeBytes = 1 << 20, FreeBytes = _ => free });
        var last = Fill(ring, 5000);
        ring.Flush();
        Assert.IsGreaterThan(1, ring.Report().Segments);

        free = 0;
        ring.OnTime(last);
        Fill(ring, 100, skip: 5000);
        var full = ring.Report();
        free = 1 << 20;
        ring.OnTime(last);
        Fill(ring, 100, skip: 5100);
        ring.Flush();

        Assert.AreEqual(1, full.Segments);
        Assert.AreEqual(100, full.LostFrames);
        Assert.Contains("nearly full", full.LastFault!);
        Assert.AreEqual(100, ring.Report().LostFrames);
        Assert.AreEqual(full.Frames + 100, ring.Report().Frames);
    }

    [TestMethod]
    public async Task Evidence_of_several_deviations_is_read_as_one_capture_with_each_frame_once()
    {
        using var folder = new TemporaryFolder();
        using var kept = new TemporaryFolder();
        var cancellation = TestContext.CancellationToken;
        using (var ring = Open(folder, Small with { MaximumBytes = 1 << 26 }))
        {
            var keeper = new EvidenceKeeper(
                EvidenceStore.Open(kept.File("line"), ring, new EvidenceOptions { Around = 20 }));
            var last = Fill(ring, 3000);
            ring.Flush();
            foreach (var (id, frame) in new[] { ("late", 2500), ("early", 500), ("near", 530) })
                Assert.IsTrue(keeper.TryKeep(Deviation(id, frame), last, isNew: true, wait: false));
            keeper.Finish();
            Assert.AreEqual(3, keeper.Report.Made);
            Assert.AreEqual(0, keeper.Report.Waiting);
        }

        var reader = new EvidenceFolder(kept.Path);
        var found = await reader.FindAsync(["late", "gone", "../line/late", "early", "near"], cancellation);
        await using var single = reader.Open(found[0]);
        using var merged = new MemoryStream();
        var sum = await reader.MergeAsync(found, merged, cancellation);

        Assert.AreEqual("late early near", string.Join(' ', found.Select(one => one.Deviation)));
        Assert.AreEqual("line", found[0].Source);
        Assert.AreEqual(found[0].Sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(single, cancellation)));
        // 480 to 550 of the two that lie near each other, and 2480 to 2520.
        Assert.AreEqual(71 + 41, sum.Frames);
        Assert.AreEqual(sum.Bytes, merged.Length);
        CollectionAssert.AreEqual(
            Times(SharedData.PathOf(Capture)).Where((_, at) => at + 1 is >= 480 and <= 550 or >= 2480 and <= 2520).ToList(),
            Times(Save(folder, merged.ToArray())));
    }

    private static DeviationRecord Deviation(string id, long frame) => new()
    {
        Id = id,
        Kind = "write-by-non-writer",
        Catalogue = "B3",
        Title = "",
        State = DeviationState.Open,
        FirstSeen = default,
        LastSeen = default,
        Frames = [new(frame, frame)],
        Subject = "",
        Expected = "",
        Observed = "",
        Explanation = "",
        Severity = 50,
        Basis = default,
        Protocol = "modbus",
        FrameCount = 1,
        Occurrences = 1,
        Sensor = "line",
    };

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
