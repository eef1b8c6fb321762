using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.Can;

/// <summary>
/// Messages of real buses: learned on the first part of a log, judged on its second and on attacks. Nothing is learned from
/// what is judged.
/// </summary>
[TestClass]
public sealed class BusJudgingTests
{
    private const string Normal = "j1939/normal.log.gz";
    private const string FirstHalf = "1-9978";
    private const string SecondHalf = "9979-";

    /// <summary>MSTest's own.</summary>
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Held_out_half_of_a_normal_drive_raises_no_alarm()
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, Normal, FirstHalf);

        var deviations = CanCommand.Judge(folder, Normal, SecondHalf);

        // 15 s of exposure: no alarm in them shows fewer than 3 in 15 s, 720 an hour, at 95 % (rule of three).
        TestContext.WriteLine("no alarm in 15 s: below 720 an hour at 95 % confidence");
        Assert.IsEmpty(CanCommand.Alarms(deviations));
    }

    [TestMethod]
    public void Injected_torque_commands_are_found_frame_by_frame()
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, Normal, FirstHalf);

        var lines = CanCommand.Judge(
            folder, "j1939/labeled_TSC1.csv.gz", "1-", "--labels", "same", "--label-normal", "normal");

        var evaluation = lines.Single(line => line.GetProperty("type").GetString() == "evaluation");
        TestContext.WriteLine(evaluation.GetRawText());
        Assert.AreEqual(923, evaluation.GetProperty("attackFrames").GetInt64());
        Assert.IsGreaterThanOrEqualTo(0.99, evaluation.GetProperty("recall").GetDouble());
        Assert.IsGreaterThanOrEqualTo(0.99, evaluation.GetProperty("precision").GetDouble());
    }

    [TestMethod]
    [DataRow("j1939/tsc1.log.gz", "unknown-identifier")]
    [DataRow("j1939/dos_full.log.gz", "bus-flood unknown-identifier")]
    [DataRow("j1939/fuzz_1ms_ID_Only.log.gz", "bus-flood unknown-identifier")]
    public void Attacks_are_found_and_named(string attack, string kinds)
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, Normal, FirstHalf);

        var alarms = CanCommand.Judge(folder, attack)
            .Where(deviation => deviation.GetProperty("level").GetString() == "alarm").ToList();

        foreach (var kind in kinds.Split(' ')) Assert.Contains(kind, CanCommand.Alarms(alarms));
        // Thousands of identifiers are no reason for more alarms than a person reads.
        Assert.IsLessThanOrEqualTo(20, alarms.Count, $"{attack}: {string.Join(", ", alarms.Select(Subject))}");
    }

    /// <summary>The shipped attacks use identifiers that are never normal; this one does not.</summary>
    [TestMethod]
    [DataRow(Normal, 9979, "0CF00400")]
    [DataRow("crysys/S-1-1-benign.log.gz", 8968, "1A0")]
    public void Known_identifier_sent_with_plausible_data_at_the_wrong_rate_is_found(string log, int first, string preferred)
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, log, $"1-{first - 1}");
        var frames = Read(log).Skip(first - 1).ToList();
        var identifier = RegularIdentifier(frames, preferred);
        var labels = new List<int>();
        using (var attacked = new StreamWriter(folder.File("attacked.log")) { NewLine = "\n" })
        {
            long due = 0;
            var end = frames[^1].Microseconds;
            foreach (var (time, channel, text) in frames)
            {
                // Between 2 and 6 s into the log, a second sender repeats the latest frame 0.4 cycles after it came.
                if (due != 0 && time >= due)
                {
                    attacked.WriteLine(Line(due, channel, _latest));
                    labels.Add(1);
                    due = 0;
                }

                attacked.WriteLine(Line(time, channel, text));
                labels.Add(0);
                if (!text.StartsWith(identifier.Name + "#", StringComparison.Ordinal)) continue;
                _latest = text;
                var since = time - frames[0].Microseconds;
                if (since is > 2_000_000 and < 6_000_000 && time < end) due = time + identifier.CycleMicroseconds * 4 / 10;
            }
        }

        File.WriteAllLines(folder.File("labels.csv"), ["label", .. labels.Select(label => label.ToString(CultureInfo.InvariantCulture))]);

        var lines = CanCommand.JudgeFile(folder, folder.File("attacked.log"), "--labels", folder.File("labels.csv"));

        var evaluation = lines.Single(line => line.GetProperty("type").GetString() == "evaluation");
        TestContext.WriteLine($"{identifier.Name} every {identifier.CycleMicroseconds} µs: {evaluation.GetRawText()}");
        Assert.Contains("message-too-fast", CanCommand.Alarms(lines.Where(line => line.GetProperty("type").GetString() == "deviation")));
        // Of two frames of which one is too many, the genuine one may be the early one: frames are counted, not attributed.
        var tooFast = lines.Where(line => line.GetProperty("type").GetString() == "deviation"
            && line.GetProperty("kind").GetString() == "message-too-fast"
            && line.GetProperty("subject").GetString()!.Contains(identifier.Name, StringComparison.Ordinal));
        Assert.IsGreaterThanOrEqualTo(0.95 * labels.Sum(), tooFast.Sum(line => line.GetProperty("occurrences").GetInt64()));
        Assert.IsLessThan(1, evaluation.GetProperty("secondsToFirstDetection").GetDouble());
    }

    /// <summary>
    /// Benign logs, learned up to their middle and judged from there on. What is still raised: in the GVRET log, frames that its
    /// recorder held back by whole cycles. Messages sent on events, which the few seconds learned did not show, are information.
    /// </summary>
    [TestMethod]
    [DataRow("ev/EV-CANeplus2.log.gz", 12_916, "")]
    [DataRow("ev/2009_Zebra_Frozenbattery.trc.gz", 3_139, "")]
    [DataRow("crysys/S-1-1-benign.log.gz", 8_967, "")]
    [DataRow("crysys/trace_1.log.gz", 18_356, "")]
    [DataRow("formats/candump.log.gz", 6_487, "")]
    [DataRow("formats/GVRET_Log.csv.gz", 6_487, "message-too-fast")]
    [DataRow("otids/a1.txt", 1_000, "")]
    [DataRow("j1939/candump_dgdiagnostics_paccar_mx.txt.gz", 13_176, "")]
    public void Second_half_of_a_benign_log_raises_what_is_known_of_it(string log, int learned, string kinds)
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, log, $"1-{learned}");

        Assert.AreEqual(kinds, string.Join(' ', CanCommand.Alarms(CanCommand.Judge(folder, log, $"{learned + 1}-"))));
    }

    private string _latest = "";

    private static string Subject(JsonElement deviation) =>
        $"{deviation.GetProperty("kind").GetString()} {deviation.GetProperty("subject").GetString()}";

    private static string Line(long microseconds, string channel, string text) => string.Create(
        CultureInfo.InvariantCulture, $"({microseconds / 1_000_000}.{microseconds % 1_000_000:000000}) {channel} {text}");

    private static List<(long Microseconds, string Channel, string Text)> Read(string log)
    {
        using var stream = new GZipStream(File.OpenRead(SharedData.PathOf($"can/{log}")), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        var frames = new List<(long, string, string)>();
        while (reader.ReadLine() is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var seconds = decimal.Parse(words[0].Trim('(', ')'), CultureInfo.InvariantCulture);
            var text = words[2].Contains('#', StringComparison.Ordinal) ? words[2] : $"{words[2]}#{string.Concat(words.Skip(4))}";
            frames.Add(((long)(seconds * 1_000_000), words[1], text));
        }

        return frames;
    }

    /// <summary>The preferred identifier where it comes in cycles, else the most frequent one that does.</summary>
    private static (string Name, long CycleMicroseconds) RegularIdentifier(
        List<(long Microseconds, string Channel, string Text)> frames, string preferred)
    {
        var regular = frames
            .GroupBy(frame => frame.Text.Split('#')[0])
            .Select(group =>
            {
                var times = group.Select(frame => frame.Microseconds).ToList();
                var gaps = times.Skip(1).Zip(times, (later, earlier) => later - earlier).Order().ToList();
                return (group.Key, Gaps: gaps);
            })
            .Where(one => one.Gaps.Count > 100 && one.Gaps[0] > one.Gaps[one.Gaps.Count / 2] * 8 / 10
                && one.Gaps[^1] < one.Gaps[one.Gaps.Count / 2] * 12 / 10)
            .OrderByDescending(one => one.Key == preferred).ThenByDescending(one => one.Gaps.Count)
            .First();
        return (regular.Key, regular.Gaps[regular.Gaps.Count / 2]);
    }
}
