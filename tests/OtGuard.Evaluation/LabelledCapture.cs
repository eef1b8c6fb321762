using System.IO.Compression;
using OtGuard.Models;
using OtGuard.Models.Scoring;

namespace OtGuard.Evaluation;

/// <summary>What is learned from and what is judged.</summary>
/// <param name="Name">The capture, and what is special about the split.</param>
/// <param name="Attack">The class of attack its labels name; "none" for a clean one.</param>
/// <param name="Learned">Full path of the capture that is learned from.</param>
/// <param name="LearnFrames">Which of its frames.</param>
/// <param name="Judged">Full path of the capture that is judged.</param>
/// <param name="JudgeFrames">Which of its frames.</param>
/// <param name="IsAttack">The label of a 1-based frame number of the judged capture.</param>
internal sealed record LabelledCapture(
    string Name, string Attack, string Learned, FrameSelection LearnFrames, string Judged, FrameSelection JudgeFrames,
    Func<long, bool> IsAttack)
{
    /// <summary>The budget of false alarms.</summary>
    public AlarmBudget Budget { get; init; } = AlarmBudget.Default;

    /// <summary>False for a log without times, whose order is its clock: each frame 1 ms after the one before.</summary>
    public bool HasTimes { get; init; } = true;

    /// <summary>The split in words.</summary>
    public string Split => $"{Path.GetFileName(Learned)} {Text(LearnFrames)} → {(Judged == Learned ? "the same" : Path.GetFileName(Judged))} {Text(JudgeFrames)}";

    /// <summary>
    /// Every labelled capture with its split: by time or by file, so that nothing judged was learned. A trace is never learned
    /// from in one form and judged in another.
    /// </summary>
    public static IEnumerable<LabelledCapture> All() => [.. Road(), .. CrySyS(), .. J1939(), .. Lemay(), .. Similarity()];

    // Learned: four fifths of what comes before the first labelled frame. Judged: everything behind.
    private static IEnumerable<LabelledCapture> Road()
    {
        foreach (var name in (string[])
            ["correlated_signal_attack_1", "correlated_signal_attack_2", "max_engine_coolant_temp_attack",
             "reverse_light_off_attack_1", "reverse_light_off_attack_2"])
        {
            yield return LeadIn($"can/road/Deal_{name}_masquerade.csv.gz", $"ROAD {name}", "masquerade");
        }
    }

    private static IEnumerable<LabelledCapture> Similarity() =>
        [LeadIn("can/similarity/test_data.log", "similarity test_data", "flood of the highest priority")];

    private static LabelledCapture LeadIn(string relative, string name, string attack)
    {
        var path = SharedCaptures.PathOf(relative);
        var (frames, labels) = SharedCaptures.Read(path);
        long first = 1;
        while (first <= frames && !labels.IsAttack(first)) first++;
        // Rows [0, 0.8a) of a row a counted from 0: rounded up.
        var learned = ((first - 1) * 4 + 4) / 5;
        return new LabelledCapture(
            name, attack, path, new FrameSelection(1, learned), path, new FrameSelection(learned + 1, frames), labels.IsAttack)
        {
            HasTimes = false,
        };
    }

    private static IEnumerable<LabelledCapture> CrySyS()
    {
        const long LastOfTenSeconds = 5961;
        var judged = SharedCaptures.PathOf("can/crysys/S-1-1-malicious-CONST-msg-mod-0x410-0.4-0.6.log.gz");
        var labels = Changed(judged, SharedCaptures.PathOf("can/crysys/S-1-1-benign.log.gz"));
        var rest = new FrameSelection(LastOfTenSeconds + 1, long.MaxValue);
        // One false event in the twenty seconds judged.
        var budget = new AlarmBudget(TimeSpan.FromDays(1) / TimeSpan.FromSeconds(20));
        yield return new LabelledCapture(
            "CrySyS S-1-1, its own first ten seconds", "modification to a constant", judged,
            new FrameSelection(1, LastOfTenSeconds), judged, rest, labels)
        {
            Budget = budget,
        };
        yield return new LabelledCapture(
            "CrySyS S-1-1, another drive", "modification to a constant", SharedCaptures.PathOf("can/crysys/trace_1.log.gz"),
            FrameSelection.All, judged, rest, labels)
        {
            Budget = budget,
        };
    }

    private static IEnumerable<LabelledCapture> J1939()
    {
        var normal = SharedCaptures.PathOf("can/j1939/normal.log.gz");
        var attacked = SharedCaptures.PathOf("can/j1939/labeled_TSC1.csv.gz");
        var (frames, labels) = SharedCaptures.Read(attacked, "normal");
        var half = new FrameSelection(1, 9978);
        yield return new LabelledCapture(
            "J1939 TSC1", "injected torque command", normal, half, attacked, new FrameSelection(1, frames), labels.IsAttack);
        yield return new LabelledCapture(
            "J1939 normal, second half", "none", normal, half, normal, new FrameSelection(9979, long.MaxValue), _ => false);
    }

    private static IEnumerable<LabelledCapture> Lemay()
    {
        const string Send = "send_a_fake_command_modbus_6RTU_with_operate";
        const string Characterization = "characterization_modbus_6RTU_with_operate";
        const string Moving = "moving_two_files_modbus_6RTU";
        yield return Of("Lemay fake command", "injected command", Send, new(1, 4781), Send, new(4782, long.MaxValue));
        yield return Of("Lemay characterization", "reconnaissance", Send, new(1, 4781), Characterization, FrameSelection.All);
        yield return Of("Lemay moving two files", "lateral movement", Moving, new(1, 324), Moving, new(325, long.MaxValue));

        static LabelledCapture Of(
            string name, string attack, string learned, FrameSelection learn, string judged, FrameSelection judge)
        {
            using var reader = new StreamReader(SharedCaptures.PathOf($"modbus/lemay/{judged}_labeled.csv"));
            var labels = FrameLabels.Read(reader, new LabelOptions());
            return new LabelledCapture(
                name, attack, SharedCaptures.PathOf($"modbus/lemay/{learned}.pcap"), learn,
                SharedCaptures.PathOf($"modbus/lemay/{judged}.pcap"), judge, labels.IsAttack);
        }
    }

    // A row is an attack's where time, channel or data differ from the row of the same number in the original.
    private static Func<long, bool> Changed(string log, string original)
    {
        var changed = Lines(log).Zip(Lines(original), (one, other) => Frame(one) != Frame(other)).ToArray();
        return frame => frame >= 1 && frame <= changed.Length && changed[frame - 1];

        static string Frame(string line) => string.Join(' ', line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Take(3));

        static IEnumerable<string> Lines(string path)
        {
            using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
            while (reader.ReadLine() is { } line) yield return line;
        }
    }

    private static string Text(FrameSelection frames) =>
        frames.Last == long.MaxValue ? frames.First == 1 ? "(all)" : $"{frames.First}-" : $"{frames.First}-{frames.Last}";
}
