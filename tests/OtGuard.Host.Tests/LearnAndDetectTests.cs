using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class LearnAndDetectTests
{
    private const string Capture = "modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap";
    private const string Labels = "modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate_labeled.csv";

    [TestMethod]
    public void The_same_capture_gives_the_same_baseline_byte_for_byte()
    {
        using var folder = new TemporaryFolder();

        Otguard.Run("learn", SharedData.PathOf(Capture), "-o", folder.File("a"));
        Otguard.Run("learn", SharedData.PathOf(Capture), "-o", folder.File("b"));

        CollectionAssert.AreEqual(File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("b")));
    }

    [TestMethod]
    public void A_setting_changed_stands_in_the_baseline()
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run(
            "learn", SharedData.PathOf(Capture), "-o", folder.File("a"), "--set", "minimum-occasions=3", "--set", "complete-below=0.25");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        var text = File.ReadAllText(folder.File("a"));
        Assert.Contains("\nminimum-occasions 3\n", text);
        Assert.Contains("\ncomplete-below 0.25\n", text);
    }

    [TestMethod]
    [DataRow("minimum-occasions")]
    [DataRow("minimum-occasions=0")]
    [DataRow("peer-similarity=2")]
    [DataRow("complete-horizon=-1.00:00:00")]
    [DataRow("colour=red")]
    public void A_setting_that_is_none_is_2_and_named(string setting)
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run("learn", SharedData.PathOf(Capture), "-o", folder.File("a"), "--set", setting);

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains(setting, run.Error);
        Assert.IsFalse(File.Exists(folder.File("a")));
    }

    [TestMethod]
    public void What_was_learned_does_not_deviate()
    {
        using var folder = new TemporaryFolder();
        Otguard.Run("learn", SharedData.PathOf(Capture), "--frames", "1-4781", "-o", folder.File("a"));

        var run = Otguard.Run("detect", SharedData.PathOf(Capture), "-b", folder.File("a"), "--frames", "1-4781");

        Assert.AreEqual(0, run.ExitCode, run.Output);
    }

    [TestMethod]
    public void A_deviation_has_the_members_of_the_contract()
    {
        using var folder = new TemporaryFolder();
        Otguard.Run("learn", SharedData.PathOf(Capture), "--frames", "1-4781", "-o", folder.File("a"));

        var run = Otguard.Run(
            "detect", SharedData.PathOf(Capture), "-b", folder.File("a"), "--frames", "4782-", "--format", "jsonl");

        Assert.AreEqual(1, run.ExitCode);
        var write = run.Json.Single(o => o.GetProperty("kind").GetString() == "write-by-non-writer");
        Assert.AreEqual("deviation", write.GetProperty("type").GetString());
        Assert.AreEqual("B3", write.GetProperty("catalogue").GetString());
        Assert.AreEqual("modbus", write.GetProperty("protocol").GetString());
        Assert.AreEqual("18.1", write.GetProperty("attackVersion").GetString());
        Assert.AreEqual("alarm", write.GetProperty("level").GetString());
        Assert.AreEqual("[[4785,4786]]", write.GetProperty("frames").GetRawText());
        Assert.AreEqual(2, write.GetProperty("count").GetInt32());
        Assert.IsInRange(30, 100, write.GetProperty("severity").GetInt32());
        Assert.IsGreaterThan(0, write.GetProperty("severityReasons").GetArrayLength());
        Assert.Contains("T0855", write.GetProperty("techniques").EnumerateArray().Select(t => t.GetString()));
        Assert.AreEqual("close", write.GetProperty("state").GetString());
        Assert.AreEqual(64, write.GetProperty("baseline").GetString()!.Length);
        Assert.IsFalse(write.GetProperty("exercise").GetBoolean());
        Assert.AreEqual("write-by-non-writer", write.GetProperty("message").GetString());
        Assert.AreEqual("192.168.1.101", write.GetProperty("args").GetProperty("client").GetString());
        Assert.Contains("192.168.1.101 wrote 1 to coil 2 of 192.168.1.102 unit 1", write.GetProperty("explanation").GetString()!);
        foreach (var member in "id time subject expected observed score scale site zone sensor".Split(' '))
            Assert.IsTrue(write.TryGetProperty(member, out _), member);
    }

    [TestMethod]
    public void Verdicts_cover_every_judged_frame_and_agree_with_the_evaluation()
    {
        using var folder = new TemporaryFolder();
        Otguard.Run("learn", SharedData.PathOf(Capture), "--frames", "1-4781", "-o", folder.File("a"));
        string[] detect =
        [
            "detect", SharedData.PathOf(Capture), "-b", folder.File("a"), "--frames", "4782-", "--labels", SharedData.PathOf(Labels),
        ];

        var verdicts = Otguard.Run([.. detect, "--format", "csv"]);
        var evaluation = Otguard.Run([.. detect, "--format", "jsonl"]).Json[^1];

        Assert.AreEqual("frame,time,verdict,score,kind", verdicts.Lines[0]);
        Assert.HasCount(11166 - 4781 + 1, verdicts.Lines);
        var flagged = verdicts.Lines.Skip(1).Where(line => line.Split(',')[2] == "deviation")
            .Select(line => long.Parse(line.Split(',')[0], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.AreEqual(flagged.Count(frame => frame is >= 4782 and <= 4791), Number(evaluation, "truePositives"));
        Assert.AreEqual(flagged.Count(frame => frame is < 4782 or > 4791), Number(evaluation, "falsePositives"));
        Assert.AreEqual(10, Number(evaluation, "attackFrames"));
        Assert.AreEqual(6385, Number(evaluation, "judged"));
        Assert.AreEqual(11166, Number(evaluation, "frames"));

        static int Number(JsonElement evaluation, string name) => evaluation.GetProperty(name).GetInt32();
    }

    [TestMethod]
    public void Unreadable_labels_are_3_and_named()
    {
        using var folder = new TemporaryFolder();
        Otguard.Run("learn", SharedData.PathOf(Capture), "-o", folder.File("a"));
        File.WriteAllText(folder.File("labels.csv"), "1;maybe\n");

        var run = Otguard.Run(
            "detect", SharedData.PathOf(Capture), "-b", folder.File("a"), "--labels", folder.File("labels.csv"));

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("labels.csv", run.Error);
    }
}
