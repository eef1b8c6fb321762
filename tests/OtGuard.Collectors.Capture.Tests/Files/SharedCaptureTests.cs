using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using OtGuard.Collectors.Capture.Files;
using OtGuard.TestKit;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files;

[TestClass]
public sealed partial class SharedCaptureTests
{
    [TestMethod]
    public void Every_capture_holds_the_packets_its_readme_counts()
    {
        var root = SharedData.PathOf("README.md");
        var checkedFiles = 0;
        foreach (Match row in PacketRow().Matches(File.ReadAllText(root)))
        {
            var relative = row.Groups["file"].Value;
            if (relative.EndsWith(".zip", StringComparison.Ordinal)) continue;
            var path = SharedData.PathOf(relative);
            using var source = CaptureFiles.Open([path]);
            var reading = ReadAll(source);
            Assert.AreEqual(long.Parse(row.Groups["count"].Value, CultureInfo.InvariantCulture), reading.Frames.Count, relative);
            Assert.IsEmpty(reading.Notices.Where(notice => !notice.Text.StartsWith("Time goes", StringComparison.Ordinal)), relative);
            checkedFiles++;
        }

        Assert.IsGreaterThan(50, checkedFiles);
    }

    [TestMethod]
    public void Every_file_named_like_a_capture_opens()
    {
        var root = Path.GetDirectoryName(SharedData.PathOf("README.md"))!;
        var captures = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(path => CaptureName().IsMatch(path)).Order(StringComparer.Ordinal).ToArray();

        using var source = CaptureFiles.Open(captures);
        var reading = ReadAll(source);

        Assert.HasCount(captures.Length, reading.Files);
        Assert.AreEqual(reading.Frames.Count, reading.Frames[^1].Number);
        // Every interface has a number of its own, but for the channels of buses, known again by their names.
        var buses = reading.Files.SelectMany(file => file.Interfaces).Where(one => one.LinkType == LinkType.SocketCan).ToList();
        var others = reading.Files.Sum(file => file.Interfaces.Count) - buses.Count;
        var numbers = reading.Files.SelectMany(file => file.Interfaces).Select(one => one.Source).Distinct().Order();
        CollectionAssert.AreEqual(
            Enumerable.Range(0, others + buses.Select(bus => bus.Source).Distinct().Count()).ToArray(), numbers.ToArray());
        Assert.IsLessThan(buses.Count, buses.Select(bus => bus.Source).Distinct().Count());
    }

    [TestMethod]
    [DataRow("dhcp.pcap", 1)]
    [DataRow("dhcp.pcapng", 1)]
    [DataRow("dhcp-nanosecond.pcap", 1)]
    [DataRow("dhcp-nanosecond.pcapng", 1)]
    public void Four_formats_hold_the_same_packets_at_the_same_times(string file, int linkType)
    {
        using var source = CaptureFiles.Open([SharedData.PathOf("capture-format/" + file)]);
        using var reference = CaptureFiles.Open([SharedData.PathOf("capture-format/dhcp.pcap")]);
        var reading = ReadAll(source);

        Assert.AreSequenceEqual(
            [1102274184317453000L, 1102274184317748000L, 1102274184387484000L, 1102274184387798000L],
            reading.Frames.Select(frame => frame.Time));
        Assert.AreSequenceEqual(ReadAll(reference).Frames.Select(frame => frame.Hex), reading.Frames.Select(frame => frame.Hex));
        Assert.IsTrue(reading.Frames.All(frame => frame.LinkType == linkType));
    }

    [TestMethod]
    public void Capture_of_many_interfaces_tells_them_apart()
    {
        using var source = CaptureFiles.Open([SharedData.PathOf("capture-format/many_interfaces.pcapng.1")]);
        var reading = ReadAll(source);

        var interfaces = reading.Files[0].Interfaces;
        Assert.HasCount(11, interfaces);
        Assert.AreEqual("en0", interfaces[0].Name);
        Assert.AreEqual("awdl0", interfaces[1].Name);
        Assert.AreEqual(62, interfaces[0].Frames);
        Assert.AreEqual(2, interfaces.Where(item => item.LinkType == LinkType.Null).Sum(item => item.Frames));
    }

    [TestMethod]
    public void Frames_lengths_and_times_agree_with_tshark()
    {
        foreach (var relative in new[]
        {
            "capture-format/many_interfaces.pcapng.1", "capture-format/dhcp-nanosecond.pcapng", "modbus/zeek/modbusSmall.pcap",
            "can/diag/ecu_trace.pcap.gz", "other/doip/scapy/doip.pcap.gz", "opcua/kiwimiri/anssi_normal.pcap",
        })
        {
            var path = SharedData.PathOf(relative);
            var expected = Peer(
                "tshark", "-r", path, "-n", "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len");
            using var source = CaptureFiles.Open([path]);

            var actual = ReadAll(source).Frames.Select(frame => string.Create(
                CultureInfo.InvariantCulture,
                $"{frame.Time / 1_000_000_000}.{frame.Time % 1_000_000_000:D9}\t{frame.Data.Length}\t{frame.OriginalLength}"));

            Assert.AreSequenceEqual(expected.Split('\n', StringSplitOptions.RemoveEmptyEntries), actual, relative);
        }
    }

    private static string Peer(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.AreEqual(0, process.ExitCode, program);
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(program + " is not installed.");
            Assert.Inconclusive(program + " is not installed.");
            throw;
        }
    }

    // A row of the table: | file | what | origin | N packets | …
    [GeneratedRegex(@"^\| (?<file>[^|]+?) \|[^\n]*\| (?<count>\d+) packets \|", RegexOptions.Multiline)]
    private static partial Regex PacketRow();

    [GeneratedRegex(@"\.pcap(ng)?(\.1)?(\.gz)?$")]
    private static partial Regex CaptureName();
}
