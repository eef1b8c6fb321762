using System.Text;
using OtGuard.Collectors.Capture.Files;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files;

[TestClass]
public sealed class SeveralFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("otguard-files-");

    public void Dispose() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Files_are_one_stream_with_running_frame_numbers_and_sources()
    {
        var paths = new[]
        {
            Write("a", Pcap(2)),
            Write("b", Join(Section(), Interface(), Interface(101), Enhanced(1, Ticks(5), [1]))),
            Write("c", Gzip(Pcap(3))),
        };

        using var source = CaptureFiles.Open(paths);
        var reading = ReadAll(source);

        Assert.AreSequenceEqual([1L, 2L, 3L, 4L, 5L, 6L], reading.Frames.Select(frame => frame.Number));
        Assert.AreSequenceEqual([0, 0, 2, 3, 3, 3], reading.Frames.Select(frame => frame.Source));
        Assert.AreSequenceEqual(["pcap", "pcapng", "pcap"], reading.Files.Select(file => file.Format));
        Assert.AreSequenceEqual([false, false, true], reading.Files.Select(file => file.Compressed));
        Assert.AreSequenceEqual([2L, 1L, 3L], reading.Files.Select(file => file.Frames));
        Assert.IsTrue(reading.Files.All(file => file.Complete));
    }

    [TestMethod]
    public void File_that_begins_before_the_one_in_front_of_it_is_reported()
    {
        using var source = CaptureFiles.Open([
            Write("late", Join(PcapHeader(), Record(Seconds + 5, 0, [1]))),
            Write("early", Join(PcapHeader(), Record(Seconds, 0, [2])))]);

        var reading = ReadAll(source);

        Assert.HasCount(2, reading.Frames);
        Assert.Contains("begins 5.000000 s before the end of the one in front of it", reading.Notices.Single().Text);
        Assert.EndsWith("early", reading.Notices.Single().File);
    }

    [TestMethod]
    public void Everything_unreadable_is_named_at_once()
    {
        var text = Write("notes", "some words\n"u8.ToArray());

        var fault = Assert.ThrowsExactly<UnreadableCaptureException>(
            () => CaptureFiles.Open([Write("good", Pcap(1)), text, Path.Combine(_folder.FullName, "none"), _folder.FullName]));

        Assert.AreEqual(
            $"'{text}' is not a capture file: it is text in which no form of a CAN log was found. '{Path.Combine(_folder.FullName, "none")}' does not exist. '{_folder.FullName}' is a folder, not a capture file.",
            fault.Message);
    }

    [TestMethod]
    public void File_that_vanishes_after_opening_is_left_out_and_the_others_are_read()
    {
        var second = Write("b", Pcap(2));
        using var source = CaptureFiles.Open([Write("a", Pcap(1)), second, Write("c", Pcap(3))]);
        File.Delete(second);

        var reading = ReadAll(source);

        Assert.HasCount(4, reading.Frames);
        Assert.AreEqual($"The file was left out: '{second}' does not exist.", reading.Notices.Single().Text);
        Assert.IsFalse(reading.Files[1].Complete);
    }

    [TestMethod]
    public void Progress_runs_from_nothing_to_everything()
    {
        var first = Gzip(Pcap(2000));
        var second = Pcap(20_000);
        using var source = CaptureFiles.Open([Write("a", first), Write("b", second)]);
        Assert.AreEqual(new CaptureProgress(0, first.Length + second.Length), source.Progress);

        var last = 0L;
        while (source.TryRead(out _))
        {
            Assert.IsGreaterThanOrEqualTo(last, source.Progress.BytesRead);
            last = source.Progress.BytesRead;
        }

        Assert.AreEqual(first.Length + second.Length, source.Progress.BytesRead);
    }

    [TestMethod]
    public void File_that_grows_while_it_is_read_is_read_to_its_new_end()
    {
        // Longer than the window, so that its end was not seen yet.
        var path = Write("a", Pcap(10_000));
        using var source = CaptureFiles.Open([path]);
        Assert.IsTrue(source.TryRead(out _));

        using (var append = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            append.Seek(0, SeekOrigin.End);
            append.Write(Record(Seconds + 10, 0, [1]));
        }

        Assert.HasCount(10_000, ReadAll(source).Frames);
    }

    [TestMethod]
    public void Notices_are_bounded_and_the_last_one_counts_the_rest()
    {
        // Every other record is followed by garbage.
        var bytes = Join([PcapHeader(), .. Enumerable.Range(0, 100).Select(i => Join(
            Record(Seconds, (uint)i, Payload(i)), Record(Seconds, (uint)i, Payload(i)), Encoding.ASCII.GetBytes("this is no record")))]);

        var reading = Read(bytes, new CaptureFileOptions { MaximumNotices = 10 });

        Assert.HasCount(200, reading.Frames);
        Assert.HasCount(10, reading.Notices);
        Assert.AreEqual("91 more notices were left out.", reading.Notices[^1].Text);
    }

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
