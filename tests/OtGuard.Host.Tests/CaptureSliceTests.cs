using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class CaptureSliceTests
{
    /// <summary>Frames before and after, twenty each.</summary>
    private const int Around = 20;

    [TestMethod]
    public void Frames_around_a_deviation_are_written_as_candump_log()
    {
        using var folder = new TemporaryFolder();
        string[] lines =
        [
            .. Enumerable.Range(0, 300).Select(i => $"({1_700_000_000 + i / 100}.{i % 100 * 10_000:000000}) can1 1A0#{i & 0xFF:X2}22"),
        ];
        File.WriteAllLines(folder.File("clean.log"), lines);
        lines[150] = "(1700000001.505000) can1 333#DEADBEEF";
        File.WriteAllLines(folder.File("attacked.log"), lines);
        Otguard.Run("learn", folder.File("clean.log"), "-o", folder.File("b"));

        var run = Otguard.Run(
            "detect", folder.File("attacked.log"), "-b", folder.File("b"), "--slice", folder.File("slice.log"), "--format", "jsonl");

        Assert.AreEqual(1, run.ExitCode, run.Error);
        Assert.AreEqual("[[151,151]]", run.Json.Single().GetProperty("frames").GetRawText(), "This test expects one frame to deviate.");
        CollectionAssert.AreEqual(lines[130..171], File.ReadAllLines(folder.File("slice.log")));
        Assert.Contains("41 frames", run.Error);
    }

    [TestMethod]
    public void Every_attack_frame_of_a_long_attack_is_in_the_slice()
    {
        using var folder = new TemporaryFolder();
        var attacked = SharedData.PathOf("can/j1939/tsc1.log.gz");
        Otguard.Run("learn", SharedData.PathOf("can/j1939/normal.log.gz"), "-o", folder.File("b"));

        Otguard.Run("detect", attacked, "-b", folder.File("b"), "--slice", folder.File("slice.log"), "--format", "summary");

        Assert.HasCount(923, File.ReadLines(folder.File("slice.log")).Where(line => line.Contains(" 0C00000B#", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Frames_of_a_network_are_written_as_pcapng()
    {
        using var folder = new TemporaryFolder();
        var capture = SharedData.PathOf("modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap");
        Otguard.Run("learn", capture, "--frames", "1-4781", "-o", folder.File("b"));

        var run = Otguard.Run(
            "detect", capture, "-b", folder.File("b"), "--frames", "4782-4791", "--slice", folder.File("slice.pcapng"));
        var stats = Otguard.Run("inspect", folder.File("slice.pcapng"), "--show", "stats", "--format", "jsonl");

        Assert.AreEqual(1, run.ExitCode, run.Error);
        var file = stats.Json.First(o => o.GetProperty("type").GetString() == "file");
        Assert.AreEqual("pcapng", file.GetProperty("format").GetString());
        Assert.AreEqual(10 + 2 * Around, file.GetProperty("frames").GetInt64());
        var write = Otguard.Run("inspect", folder.File("slice.pcapng"), "--show", "observations", "--format", "jsonl").Json;
        Assert.Contains(o => o.GetProperty("client").GetString()!.StartsWith("192.168.1.101:", StringComparison.Ordinal), write);
    }

    [TestMethod]
    public void A_capture_is_never_written_over()
    {
        using var folder = new TemporaryFolder();
        var log = folder.File("bus.log");
        File.WriteAllText(log, "(1.000000) can0 123#00\n");
        Otguard.Run("learn", log, "-o", folder.File("b"));

        var run = Otguard.Run("detect", log, "-b", folder.File("b"), "--slice", log);

        Assert.AreEqual(2, run.ExitCode);
        Assert.AreEqual("(1.000000) can0 123#00\n", File.ReadAllText(log));
    }

    [TestMethod]
    [DataRow("123#112233")]
    [DataRow("18DAF10B#")]
    [DataRow("123#R4")]
    [DataRow("123#R")]
    [DataRow("20000004#0001000000000000")]
    [DataRow("456##1AABB")]
    [DataRow("18FF0001##0" + "000102030405060708090A0B")]
    public void A_frame_of_any_form_is_written_as_it_was_read(string frame)
    {
        using var folder = new TemporaryFolder();
        var clean = folder.File("clean.log");
        var attacked = folder.File("attacked.log");
        string[] lines = [.. Enumerable.Range(0, 60).Select(i => $"({1_700_000_000 + i}.000000) can0 {frame}")];
        File.WriteAllLines(clean, lines);
        File.WriteAllLines(attacked, [.. lines, "(1700000060.000000001) can0 777#00"]);
        Otguard.Run("learn", clean, "-o", folder.File("b"));

        Otguard.Run("detect", attacked, "-b", folder.File("b"), "--slice", folder.File("slice.log"));

        var slice = File.ReadAllLines(folder.File("slice.log"));
        CollectionAssert.AreEqual(File.ReadAllLines(attacked)[^slice.Length..], slice);
        Assert.IsGreaterThan(Around, slice.Length);
    }

    [TestMethod]
    public void Verdicts_per_frame_of_a_can_log_are_complete()
    {
        using var folder = new TemporaryFolder();
        Otguard.Run("learn", SharedData.PathOf("can/j1939/normal.log.gz"), "-o", folder.File("b"));

        var run = Otguard.Run("detect", SharedData.PathOf("can/j1939/tsc1.log.gz"), "-b", folder.File("b"), "--format", "csv");

        Assert.AreEqual("frame,time,verdict,score,kind", run.Lines[0]);
        Assert.HasCount(21_568 + 1, run.Lines);
        Assert.IsTrue(run.Lines.Skip(1).Select((line, index) => line.StartsWith($"{index + 1},", StringComparison.Ordinal)).All(x => x));
        Assert.AreEqual(923, run.Lines.Count(line => line.Contains(",deviation,", StringComparison.Ordinal)));
    }
}
