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

    [TestMethod]
    public void Learning_never_overwrites_a_capture()
    {
        using var folder = new TemporaryFolder();
        var capture = folder.File("plant.pcap");
        File.Copy(SharedData.PathOf("modbus/zeek/modbusSmall.pcap"), capture);
        var before = File.ReadAllBytes(capture);

        var run = Otguard.Run("learn", capture, "-o", capture);

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("plant.pcap", run.Error);
        Assert.AreSequenceEqual(before, File.ReadAllBytes(capture));
    }

    [TestMethod]
    public void Learning_replaces_a_baseline_and_fills_an_empty_file_without_leaving_anything_beside()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("b"), "");
        string[] arguments = ["learn", SharedData.PathOf("modbus/zeek/modbusSmall.pcap"), "-o", folder.File("b")];

        Assert.AreEqual(0, Otguard.Run(arguments).ExitCode);
        var first = File.ReadAllBytes(folder.File("b"));
        Assert.AreEqual(0, Otguard.Run(arguments).ExitCode);

        Assert.AreSequenceEqual(first, File.ReadAllBytes(folder.File("b")));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void A_folder_that_is_not_there_is_4_with_a_sentence_that_names_it()
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run(
            "learn", SharedData.PathOf("modbus/zeek/modbusSmall.pcap"), "-o", Path.Combine(folder.File("nowhere"), "b"));

        Assert.AreEqual(4, run.ExitCode);
        Assert.EndsWith("nowhere' does not exist.\n", run.Error);
    }

    [TestMethod]
    public void Frames_behind_the_end_of_the_captures_are_wrong_usage_and_not_clean()
    {
        using var folder = new TemporaryFolder();
        var capture = SharedData.PathOf("modbus/zeek/modbusSmall.pcap");
        Otguard.Run("learn", capture, "-o", folder.File("b"));

        var learned = Otguard.Run("learn", capture, "-o", folder.File("c"), "--frames", "5000-6000");
        var judged = Otguard.Run("detect", capture, "-b", folder.File("b"), "--frames", "5000-", "--format", "jsonl");

        Assert.AreEqual(2, learned.ExitCode);
        Assert.IsFalse(File.Exists(folder.File("c")));
        Assert.AreEqual(2, judged.ExitCode);
        Assert.AreEqual("", judged.Output);
    }

    [TestMethod]
    public void A_capture_without_a_frame_teaches_nothing_and_is_3()
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run("learn", SharedData.PathOf("capture-format/empty.pcap"), "-o", folder.File("b"));

        Assert.AreEqual(3, run.ExitCode);
        Assert.IsFalse(File.Exists(folder.File("b")));
    }

    [TestMethod]
    [DataRow("learn")]
    [DataRow("detect")]
    public void Help_shows_no_inner_names(string verb)
    {
        Assert.DoesNotContain("FrameSelection", Otguard.Run(verb, "--help").Output);
    }

    [TestMethod]
    [DataRow("--label-column")]
    [DataRow("--label-normal")]
    public void How_labels_are_read_without_labels_is_wrong_usage(string option)
    {
        Assert.AreEqual(2, Otguard.Run("detect", "x.pcap", "-b", "y", option, "z").ExitCode);
    }

    [TestMethod]
    public void Labels_that_end_before_the_capture_are_told()
    {
        using var folder = new TemporaryFolder();
        var capture = SharedData.PathOf("modbus/zeek/modbusSmall.pcap");
        Otguard.Run("learn", capture, "-o", folder.File("b"));
        File.WriteAllText(folder.File("labels.csv"), "0\n0\n1\n");

        var run = Otguard.Run("detect", capture, "-b", folder.File("b"), "--labels", folder.File("labels.csv"));

        Assert.Contains("the labels end with frame 3", run.Error);
    }
}
