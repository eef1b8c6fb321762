using System.Globalization;

namespace OtGuard.Evaluation;

/// <summary>The table of every labelled capture: as a page, as data and as a plot.</summary>
internal static class CaptureTable
{
    private const int ShownAlarms = 25;

    /// <summary>Judges captures one after the other.</summary>
    public static IReadOnlyList<CaptureTrial> Judge(IEnumerable<LabelledCapture> captures, TextWriter progress)
    {
        List<CaptureTrial> trials = [];
        foreach (var capture in captures)
        {
            var trial = CaptureTrial.Of(capture);
            trials.Add(trial);
            progress.WriteLine($"{capture.Name}: learned in {trial.LearningTime.TotalSeconds:0} s, AUC {Number(Of(trial, CaptureTrial.Combined).Auc)}");
        }

        return trials;
    }

    /// <summary>Writes the page, the data and the plot into a folder.</summary>
    public static void Write(string folder, IReadOnlyList<CaptureTrial> trials)
    {
        Directory.CreateDirectory(folder);
        using (var page = new StreamWriter(Path.Combine(folder, "captures.md")) { NewLine = "\n" }) WritePage(trials, page);
        using (var data = new StreamWriter(Path.Combine(folder, "captures.csv")) { NewLine = "\n" }) WriteData(trials, data);
        var road = trials.Where(trial => trial.Capture.Name.StartsWith("ROAD", StringComparison.Ordinal)).ToList();
        BarChart.Write(
            Path.Combine(folder, "road-auc.svg"), "ROAD masquerade: area under the ROC curve of each frame's score; the line is 0.95", 1, 0.95,
            [
                .. road.Select(trial => (trial.Capture.Name, (IReadOnlyList<(string, double?)>)
                    [.. trial.Results.Where(result => result.Auc is not null
                            && result.Detector is not (CaptureTrial.Rules or CaptureTrial.Everything))
                        .Select(result => (result.Detector.Replace("reference: ", "ref. ", StringComparison.Ordinal), result.Auc))])),
            ]);
    }

    private static void WritePage(IReadOnlyList<CaptureTrial> trials, StreamWriter page)
    {
        page.WriteLine("# Labelled captures");
        page.WriteLine();
        page.WriteLine("Every labelled capture of others, learned from and judged by one fixed configuration. Reproduce with");
        page.WriteLine();
        page.WriteLine("    dotnet run --project tests/OtGuard.Evaluation -c Release -- captures tests/results");
        page.WriteLine();
        page.WriteLine("The same figures as data: [captures.csv](captures.csv). Attacks in simulated life, from unseen seeds: `attacks` of the same project.");
        page.WriteLine();
        page.WriteLine("- **recall**, **precision**, **AUC** are by frame, never adjusted: a frame counts only where an alarm covers it, information does not count.");
        page.WriteLine("  Precision is empty where nothing was flagged. AUC ranks each judged frame by its greatest score; of the rules, which do not rank, by flagged or not;");
        page.WriteLine("  of all detectors, by what is flagged first and then by the models.");
        page.WriteLine("- **events**: labelled frames without a pause of 5 s are one; found where one of its frames is flagged.");
        page.WriteLine("- **false alarms**: alarms (of references: runs of flagged messages of one key without a pause of 5 s) that cover no labelled frame, and in brackets the");
        page.WriteLine("  one-sided 95 % upper bound of their mean (Garwood 1936), over the exposure told.");
        page.WriteLine("- **after**: from the first labelled frame to the first true alarm, in seconds of capture time; in logs without times, whose order is their clock, in frames.");
        page.WriteLine("- **scale …**: the alarms of one scale of the learned models alone. Scales that the learned traffic gave no model are left out.");
        page.WriteLine("- **alarm from**, **greatest**: the score that raises an alarm, and the greatest of labelled and of normal frames: how far from an alarm it was. Scores of");
        page.WriteLine("  scales are ratios to what was learned; those that only time can tell are not among them.");
        page.WriteLine("- Below each table: the alarms, and what the learned models told for information, with the reason why it is none.");
        page.WriteLine("- References see messages, not flows, and each is given a customary threshold: half to twice the median, three standard deviations.");
        WriteSummary(trials, page);
        foreach (var trial in trials) WriteTrial(trial, page);
    }

    private static void WriteSummary(IReadOnlyList<CaptureTrial> trials, StreamWriter page)
    {
        page.WriteLine();
        page.WriteLine("| capture | attack | all: recall | precision | events | false alarms | after | models: AUC | best reference AUC |");
        page.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var trial in trials)
        {
            var all = Of(trial, CaptureTrial.Everything);
            var references = trial.Results.Where(result => result.Detector.StartsWith("reference", StringComparison.Ordinal)).ToList();
            page.WriteLine(
                $"| {trial.Capture.Name} | {trial.Capture.Attack} | {Number(all.Recall)} | {Number(all.Precision)} "
                + $"| {all.EventsFound} of {trial.AttackEvents} | {FalseAlarms(all)} | {After(trial, all)} "
                + $"| {Number(Of(trial, CaptureTrial.Combined).Auc)} | {Number(references.Max(result => result.Auc))} |");
        }

        page.WriteLine();
        page.WriteLine("![AUC by scale](road-auc.svg)");
    }

    private static void WriteTrial(CaptureTrial trial, StreamWriter page)
    {
        var capture = trial.Capture;
        page.WriteLine();
        page.WriteLine($"## {capture.Name}");
        page.WriteLine();
        var attack = trial.AttackFrames == 0
            ? "none labelled"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{trial.AttackFrames} labelled in {trial.AttackEvents} events, {trial.AttackFrom:0.000} to {trial.AttackTo:0.000} s");
        page.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Learned → judged: {capture.Split}. {trial.Judged} frames judged in {trial.Exposure.TotalSeconds:0.0} s"
                + $"{(capture.HasTimes ? "" : " (1 ms a frame)")}, {attack}. Budget {capture.Budget.PerDay:0.##} a day."));
        page.WriteLine();
        page.WriteLine("| detector | recall | precision | AUC | events | false alarms | after | alarm from | greatest, labelled | greatest, normal |");
        page.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var result in trial.Results)
        {
            page.WriteLine(
                $"| {result.Detector} | {Number(result.Recall)} | {Number(result.Precision)} | {Number(result.Auc)} "
                + $"| {result.EventsFound} of {trial.AttackEvents} | {FalseAlarms(result)} | {After(trial, result)} "
                + $"| {Short(result.AlarmFrom)} | {Short(result.GreatestLabelled)} | {Short(result.GreatestNormal)} |");
        }

        if (trial.Alarms.Count == 0) return;
        page.WriteLine();
        page.WriteLine("| level | deviation | about | from s | to s | seen | covers the attack |");
        page.WriteLine("|---|---|---|---|---|---|---|");
        // Alarms first, and of each what covers the attack.
        var shown = trial.Alarms.OrderBy(alarm => alarm.Deviation.IsInformation).ThenByDescending(alarm => alarm.IsTrue).ToList();
        foreach (var alarm in shown.Take(ShownAlarms))
        {
            page.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {Level(alarm.Deviation)} | {alarm.Deviation.Kind.Name}{(CaptureTrial.ScaleOf(alarm.Deviation) is { } scale ? $" ({scale})" : "")} "
                + $"| {alarm.Deviation.Finding.Subject.Replace("|", "\\|", StringComparison.Ordinal)} | {alarm.From:0.000} | {alarm.To:0.000} "
                + $"| {alarm.Deviation.Occurrences} | {(alarm.IsTrue ? "yes" : "no")} |"));
        }

        if (shown.Count <= ShownAlarms) return;
        page.WriteLine();
        page.WriteLine($"And {shown.Count - ShownAlarms} more, {shown.Skip(ShownAlarms).Count(alarm => alarm.IsTrue)} of which cover the attack.");
    }

    private static void WriteData(IReadOnlyList<CaptureTrial> trials, StreamWriter data)
    {
        data.WriteLine(
            "capture;attack;split;budgetPerDay;judgedFrames;attackFrames;attackEvents;exposureSeconds;hasTimes;detector;recall;precision;rocAuc;"
            + "eventsFound;falseAlarms;falseAlarmsUpper95;secondsToFirstDetection;alarmFrom;greatestLabelled;greatestNormal");
        foreach (var trial in trials)
        {
            foreach (var result in trial.Results)
            {
                data.WriteLine(string.Join(
                    ';', trial.Capture.Name, trial.Capture.Attack, trial.Capture.Split, Plain(trial.Capture.Budget.PerDay), trial.Judged,
                    trial.AttackFrames, trial.AttackEvents, Plain(trial.Exposure.TotalSeconds), trial.Capture.HasTimes ? 1 : 0,
                    result.Detector, Plain(result.Recall), Plain(result.Precision), Plain(result.Auc), result.EventsFound,
                    result.FalseAlarms, Plain(PoissonBound.Upper(result.FalseAlarms)), Plain(result.Seconds),
                    Plain(result.AlarmFrom), Plain(result.GreatestLabelled), Plain(result.GreatestNormal)));
            }
        }
    }

    // Why a model's finding is no alarm is the last of its reasons.
    private static string Level(Models.Deviation deviation) => deviation.IsInformation
        ? deviation.Finding.SeverityReasons.LastOrDefault(reason => reason.StartsWith("for information", StringComparison.Ordinal)) ?? "information"
        : "alarm";

    private static DetectorResult Of(CaptureTrial trial, string detector) =>
        trial.Results.First(result => result.Detector == detector);

    private static string FalseAlarms(DetectorResult result) => string.Create(
        CultureInfo.InvariantCulture, $"{result.FalseAlarms} (≤ {PoissonBound.Upper(result.FalseAlarms):0.0})");

    private static string After(CaptureTrial trial, DetectorResult result) => result.Seconds is not { } seconds
        ? ""
        : trial.Capture.HasTimes
            ? seconds.ToString("0.000", CultureInfo.InvariantCulture) + " s"
            : (seconds * 1000).ToString("0", CultureInfo.InvariantCulture) + " frames";

    private static string Number(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";

    private static string Short(double? value) => value?.ToString("G3", CultureInfo.InvariantCulture) ?? "";

    private static string Plain(double? value) => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "";
}
