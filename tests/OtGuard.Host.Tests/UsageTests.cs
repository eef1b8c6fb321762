using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class UsageTests
{
    [TestMethod]
    [DataRow(new string[0], DisplayName = "nothing")]
    [DataRow(new[] { "fly" }, DisplayName = "an unknown verb")]
    [DataRow(new[] { "inspect" }, DisplayName = "no capture")]
    [DataRow(new[] { "inspect", "x.pcap", "--show", "ghosts" }, DisplayName = "an unknown part")]
    [DataRow(new[] { "learn", "x.pcap" }, DisplayName = "no baseline to write")]
    [DataRow(new[] { "detect", "x.pcap" }, DisplayName = "no baseline to judge by")]
    [DataRow(new[] { "detect", "x.pcap", "-b", "y", "--frames", "9-3" }, DisplayName = "frames backwards")]
    [DataRow(new[] { "detect", "x.pcap", "-b", "y", "--frames", "-" }, DisplayName = "frames without a number")]
    [DataRow(new[] { "detect", "x.pcap", "-b", "y", "--format", "xml" }, DisplayName = "an unknown form")]
    public void Wrong_usage_is_2_with_a_sentence_on_standard_error(string[] arguments)
    {
        var run = Otguard.Run(arguments);

        Assert.AreEqual(2, run.ExitCode);
        Assert.AreEqual("", run.Output);
        Assert.Contains("--help", run.Error);
    }

    [TestMethod]
    [DataRow(new[] { "--help" }, "Exit codes")]
    [DataRow(new[] { "inspect", "--help" }, "observations")]
    [DataRow(new[] { "learn", "--help" }, "BASELINE")]
    [DataRow(new[] { "detect", "--help" }, "--label-normal")]
    [DataRow(new[] { "demo", "--help" }, "substation")]
    public void Help_teaches_and_is_0(string[] arguments, string expected)
    {
        var run = Otguard.Run(arguments);

        Assert.AreEqual(0, run.ExitCode);
        Assert.Contains(expected, run.Output);
    }

    [TestMethod]
    public void A_missing_capture_is_3_and_named()
    {
        var run = Otguard.Run("inspect", "no-such-file.pcap");

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("no-such-file.pcap", run.Error);
        Assert.AreEqual("", run.Output);
    }

    [TestMethod]
    public void What_is_no_capture_is_3_and_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("notes.txt"), "Monday: all quiet.\n");

        var run = Otguard.Run("inspect", folder.File("notes.txt"));

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("notes.txt", run.Error);
    }

    [TestMethod]
    public void What_is_no_baseline_is_3_and_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("plant.baseline"), "Monday: all quiet.\n");

        var run = Otguard.Run(
            "detect", SharedData.PathOf("modbus/zeek/modbusSmall.pcap"), "-b", folder.File("plant.baseline"));

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("plant.baseline", run.Error);
    }
}
