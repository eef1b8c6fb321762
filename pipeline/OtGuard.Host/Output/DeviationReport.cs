using System.Globalization;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>Deviations, verdicts and the evaluation, in the form asked for.</summary>
internal static class DeviationReport
{
    /// <summary>Deviations told for information that are listed of each kind, so that they never bury an alarm.</summary>
    private const int InformationShown = 5;

    private static readonly string[] SummaryColumns = ["Row", "Kind", "Deviations", "Occurrences", "Alarm"];

    public static void Write(
        JudgingRun run, VerdictLog? verdicts, Evaluation? evaluation, string format, TextWriter output,
        SecurityEventMap? events = null)
    {
        switch (format)
        {
            case "jsonl":
                WriteJson(run, evaluation, output, events);
                break;
            case "csv":
                WriteVerdicts(run, verdicts!, output);
                break;
            case "summary":
                WriteSummary(run, new Tables(output));
                WriteEvaluation(evaluation, new Tables(output));
                break;
            default:
                WriteText(run, new Tables(output));
                WriteEvaluation(evaluation, new Tables(output));
                break;
        }
    }

    /// <summary>Alarms first and the most severe of them first; then information; within, in the order of time.</summary>
    public static IEnumerable<Deviation> Ranked(IReadOnlyList<Deviation> deviations) =>
        deviations.OrderBy(d => d.IsInformation).ThenByDescending(d => d.Finding.Severity).ThenBy(d => d.FirstSeen);

    public static void WriteText(JudgingRun run, Tables tables)
    {
        var alarms = run.Deviations.Count(deviation => !deviation.IsInformation);
        var information = run.Deviations.Count - alarms;
        tables.WriteStrong(
            $"{Count(alarms, "deviation", "deviations")} to act on, {information.ToString(CultureInfo.InvariantCulture)} for information, "
            + $"in {run.Run.Frames.ToString("N0", CultureInfo.InvariantCulture)} frames");
        tables.WriteText("");
        foreach (var deviation in Ranked(run.Deviations).Where(d => !d.IsInformation)) WriteDeviation(deviation, tables);
        WriteInformation(Ranked(run.Deviations).Where(d => d.IsInformation), tables);
        foreach (var (kind, count) in run.BeyondCapacity)
            tables.WriteText($"{count:N0} further findings of kind {kind} are counted and not listed.");
    }

    /// <summary>What is told for information, a line each, kind by kind; of each kind a few.</summary>
    private static void WriteInformation(IEnumerable<Deviation> information, Tables tables)
    {
        foreach (var kind in information.GroupBy(deviation => deviation.Kind))
        {
            var all = kind.ToList();
            tables.WriteStrong($"[info] {kind.Key.Row} {kind.Key.Title} ({all.Count.ToString("N0", CultureInfo.InvariantCulture)})");
            foreach (var deviation in all.Take(InformationShown))
                tables.WriteText($"  {Messages.Format(deviation.Finding.Message)} Frames {Frames(deviation)}.");
            if (all.Count > InformationShown)
                tables.WriteText(
                    $"  … and {(all.Count - InformationShown).ToString("N0", CultureInfo.InvariantCulture)} more (--format jsonl lists all).");
            tables.WriteText("");
        }
    }

    private static void WriteDeviation(Deviation deviation, Tables tables)
    {
        var finding = deviation.Finding;
        tables.WriteStrong($"[{finding.Severity}] {finding.Kind.Row} {finding.Kind.Title}: {finding.Subject}");
        tables.WriteText($"  {Messages.Format(finding.Message)}");
        tables.WriteField("expected", finding.Expected);
        tables.WriteField("observed", finding.Observed);
        tables.WriteField(
            "when",
            $"{Words.Moment(deviation.FirstSeen)} to {Words.Moment(deviation.LastSeen)} UTC, "
            + $"{Count(deviation.Occurrences, "time", "times")}; frames {Frames(deviation)}");
        if (deviation.FramesBefore.Count > 0)
            tables.WriteField("frame", $"{deviation.FramesBefore[^1]} (the {deviation.FramesBefore.Count - 1} before it: --format jsonl, or --slice)");
        tables.WriteField("severity", $"{finding.Severity}: {string.Join("; ", finding.SeverityReasons)}");
        tables.WriteField("check", finding.Kind.WhatToCheck);
        if (finding.Kind.Techniques.Count > 0)
            tables.WriteField("ATT&CK", $"{string.Join(", ", finding.Kind.Techniques)} (ICS {DeviationCatalogue.AttackVersion})");
        tables.WriteText("");
    }

    private static string Frames(Deviation deviation)
    {
        const int shown = 4;
        var ranges = deviation.Frames.Ranges;
        var texts = new List<string>();
        for (var i = 0; i < Math.Min(shown, ranges.Length); i++)
            texts.Add(ranges[i].First == ranges[i].Last ? $"{ranges[i].First}" : $"{ranges[i].First}–{ranges[i].Last}");
        var more = ranges.Length > shown || deviation.Frames.IsCut ? " …" : "";
        return $"{string.Join(", ", texts)}{more} ({deviation.Frames.Count.ToString("N0", CultureInfo.InvariantCulture)} in all)";
    }

    private static void WriteSummary(JudgingRun run, Tables tables)
    {
        tables.Write(
            $"Deviations in {run.Run.Frames.ToString("N0", CultureInfo.InvariantCulture)} frames",
            SummaryColumns,
            [
                .. run.Deviations
                    .GroupBy(deviation => (deviation.Kind, deviation.IsInformation))
                    .OrderBy(group => group.Key.IsInformation)
                    .ThenByDescending(group => group.Key.Kind.Severity)
                    .ThenBy(group => group.Key.Kind.Name, StringComparer.Ordinal)
                    .Select(group => new[]
                    {
                        group.Key.Kind.Row,
                        group.Key.Kind.Name,
                        Words.Number(group.LongCount()),
                        Words.Number(group.Sum(deviation => deviation.Occurrences)),
                        group.Key.IsInformation ? "information" : "alarm",
                    }),
            ]);
    }

    private static void WriteJson(JudgingRun run, Evaluation? evaluation, TextWriter output, SecurityEventMap? events)
    {
        using var json = new JsonLines(output, events);
        foreach (var deviation in run.Deviations) json.WriteDeviation(deviation, run.Protocols);
        if (evaluation is not null) json.WriteEvaluation(evaluation);
    }

    private static void WriteVerdicts(JudgingRun run, VerdictLog verdicts, TextWriter output)
    {
        output.WriteLine("frame,time,verdict,score,kind");
        foreach (var verdict in verdicts.Verdicts(run.Deviations))
        {
            var word = verdict.Deviation is null ? "normal" : verdict.IsFlagged ? "deviation" : "information";
            var score = verdict.Deviation?.Finding.Score?.ToString("R", CultureInfo.InvariantCulture);
            output.WriteLine($"{verdict.Frame},{verdict.Time},{word},{score},{verdict.Deviation?.Kind.Name}");
        }
    }

    private static void WriteEvaluation(Evaluation? evaluation, Tables tables)
    {
        if (evaluation is null) return;
        tables.WriteStrong("Held against the labels");
        tables.WriteField("frames judged", $"{evaluation.Judged:N0} of {evaluation.Frames:N0}, {evaluation.AttackFrames:N0} of them attack");
        tables.WriteField("found / missed", $"{evaluation.TruePositives:N0} / {evaluation.FalseNegatives:N0} attack frames");
        tables.WriteField("wrongly flagged", $"{evaluation.FalsePositives:N0} frames");
        tables.WriteField("precision, recall", $"{Ratio(evaluation.Precision)}, {Ratio(evaluation.Recall)}; F1 {Ratio(evaluation.F1)}");
        tables.WriteField("first true alarm", $"{Seconds(evaluation.SecondsToFirstDetection)} after the attack's first frame");
        tables.WriteField("alarms", $"{evaluation.Alerts:N0}; false ones an hour: {Ratio(evaluation.FalseAlarmsPerHour)}");
    }

    private static string Ratio(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "none";

    private static string Seconds(double? value) =>
        value is { } seconds ? $"{seconds.ToString("0.###", CultureInfo.InvariantCulture)} s" : "none";

    private static string Count(long count, string one, string many) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? one : many)}";
}
