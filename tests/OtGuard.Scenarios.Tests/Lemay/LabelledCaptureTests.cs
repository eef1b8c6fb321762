using System.Text.Json;
using OtGuard.Host.Commands;
using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.Lemay;

/// <summary>
/// Labelled captures of a SCADA test bed: learned on the clean part, judged on the rest, as the product is used: by the
/// command line. Splits are by frame number or by file; nothing that is judged was learned.
/// </summary>
/// <remarks>
/// Labels cover whole TCP flows. What is broadcast or link-layer chatter is information and flags no frame; of the 75
/// labelled frames of moving_two_files two are name-service and browser broadcasts, so 73 of 75 can be flagged.
/// </remarks>
[TestClass]
public sealed class LabelledCaptureTests
{
    private const string Send = "send_a_fake_command_modbus_6RTU_with_operate";
    private const string Characterization = "characterization_modbus_6RTU_with_operate";
    private const string Moving = "moving_two_files_modbus_6RTU";

    public required TestContext TestContext { get; set; }

    [TestMethod]
    [DataRow(Send, "1-4781", Send, "4782-", 10, 0.99, DisplayName = "send_a_fake_command, learned on its own frames 1-4781")]
    [DataRow(Send, "1-4781", Characterization, "1-", 6719, 0.99, DisplayName = "characterization, learned on send_a_fake_command 1-4781")]
    [DataRow(Moving, "1-324", Moving, "325-", 75, 0.97, DisplayName = "moving_two_files, learned on its own frames 1-324")]
    public void Attacks_are_flagged_and_normal_frames_are_not(
        string learned, string learnFrames, string judged, string judgeFrames, int attackFrames, double recall)
    {
        using var folder = new TemporaryFolder();
        Learn(learned, learnFrames, folder);

        var (evaluation, deviations) = Judge(judged, judgeFrames, folder);

        Report(evaluation, deviations);
        Assert.AreEqual(attackFrames, evaluation.GetProperty("attackFrames").GetInt32());
        Assert.IsGreaterThanOrEqualTo(recall, evaluation.GetProperty("recall").GetDouble());
        Assert.IsGreaterThanOrEqualTo(0.95, evaluation.GetProperty("precision").GetDouble());
        Assert.AreEqual(0.0, evaluation.GetProperty("falseAlarmsPerHour").GetDouble());
    }

    [TestMethod]
    public void Legitimate_writes_of_the_master_stay_below_alarm()
    {
        // Frames of the master's own Write Single Coil after the attack, to coils it had not written before.
        long[] writes = [5448, 6918, 8560, 9703];
        using var folder = new TemporaryFolder();
        Learn(Send, "1-4781", folder);

        var (_, deviations) = Judge(Send, "4782-", folder);

        foreach (var write in writes)
        {
            var covering = deviations.Where(deviation => Covers(deviation, write)).ToArray();
            Assert.IsNotEmpty(covering, $"The write in frame {write} goes to a new address, which is told for information.");
            foreach (var deviation in covering) Assert.AreEqual("information", deviation.GetProperty("level").GetString());
        }
    }

    [TestMethod]
    public void Held_out_clean_traffic_raises_no_alarm()
    {
        using var folder = new TemporaryFolder();
        Learn(Send, "1-4781", folder);

        // Everything after the attack's connection is normal operation.
        var (evaluation, deviations) = Judge(Send, "4792-", folder);

        Report(evaluation, deviations);
        Assert.AreEqual(0, evaluation.GetProperty("alerts").GetInt32());
        Assert.AreEqual(0, evaluation.GetProperty("falsePositives").GetInt32());
    }

    private static void Learn(string capture, string frames, TemporaryFolder folder)
    {
        var code = Invoke(
            out _, "learn", SharedData.PathOf($"modbus/lemay/{capture}.pcap"), "--frames", frames,
            "-o", folder.File("plant.baseline"));
        Assert.AreEqual(0, code);
    }

    private static (JsonElement Evaluation, IReadOnlyList<JsonElement> Deviations) Judge(
        string capture, string frames, TemporaryFolder folder)
    {
        Invoke(
            out var output, "detect", SharedData.PathOf($"modbus/lemay/{capture}.pcap"), "-b", folder.File("plant.baseline"),
            "--frames", frames, "--labels", SharedData.PathOf($"modbus/lemay/{capture}_labeled.csv"), "--format", "jsonl");
        var objects = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        return (objects[^1], objects[..^1]);
    }

    private static int Invoke(out string output, params string[] arguments)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter();
        var code = CommandLine.Invoke(arguments, writer, error);
        output = writer.ToString();
        return code;
    }

    private static bool Covers(JsonElement deviation, long frame) =>
        deviation.GetProperty("frames").EnumerateArray()
            .Any(range => range[0].GetInt64() <= frame && frame <= range[1].GetInt64());

    private void Report(JsonElement evaluation, IReadOnlyList<JsonElement> deviations)
    {
        TestContext.WriteLine(evaluation.GetRawText());
        foreach (var deviation in deviations)
            TestContext.WriteLine(
                $"{deviation.GetProperty("level")} {deviation.GetProperty("kind")} x{deviation.GetProperty("occurrences")}: {deviation.GetProperty("explanation")}");
    }
}
