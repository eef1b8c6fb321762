using System.Globalization;
using OtGuard.Models;

namespace OtGuard.Evaluation;

/// <summary>The table of every attack: as a page, and as data.</summary>
internal static class AttackTable
{
    public static void Write(string folder, IReadOnlyList<Trial> trials)
    {
        Directory.CreateDirectory(folder);
        using (var page = new StreamWriter(Path.Combine(folder, "attacks.md")) { NewLine = "\n" }) WritePage(trials, page);
        using var data = new StreamWriter(Path.Combine(folder, "attacks.csv")) { NewLine = "\n" };
        data.WriteLine("site;event;isAttack;intensity;seed;verdict;seconds;kinds;consequences;falseAlarms");
        foreach (var trial in trials)
        {
            data.WriteLine(string.Join(
                ';', trial.Site, trial.Event?.Name, trial.Event?.IsAttack == true ? 1 : 0, Text(trial.Intensity), trial.Seed,
                trial.Verdict, Seconds(trial), Kinds(trial.Result?.Alarms ?? []), Kinds(trial.Result?.Consequences ?? []),
                Kinds(trial.Score.FalseAlarms)));
        }
    }

    /// <summary>The rows alone.</summary>
    public static void WriteRows(IReadOnlyList<Trial> trials, TextWriter output)
    {
        output.WriteLine("| site | event | intensity | verdict | after | raised | consequences | false alarms |");
        output.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var trial in trials)
        {
            output.WriteLine(
                $"| {trial.Site} | {trial.Event?.Name ?? "(nothing planted)"} | {Text(trial.Intensity)} | {trial.Verdict} "
                + $"| {(Seconds(trial) is { Length: > 0 } seconds ? seconds + " s" : "")} | {Kinds(trial.Result?.Alarms ?? [])} "
                + $"| {Kinds(trial.Result?.Consequences ?? [])} | {Kinds(trial.Score.FalseAlarms)} |");
        }
    }

    private static void WritePage(IReadOnlyList<Trial> trials, StreamWriter page)
    {
        var attacks = trials.Where(trial => trial.Event is { IsAttack: true }).ToList();
        var lookAlikes = trials.Where(trial => trial.Event is { IsAttack: false }).ToList();
        var quiet = trials.Where(trial => trial.Event is null).ToList();
        page.WriteLine("# Every attack and every look-alike");
        page.WriteLine();
        page.WriteLine("Each is planted alone into simulated life and judged by a baseline that was learned from another seed. Reproduce with");
        page.WriteLine();
        page.WriteLine("    dotnet run --project tests/OtGuard.Evaluation -c Release -- attacks tests/results");
        page.WriteLine();
        page.WriteLine(
            $"Learned from seed {TrialSeeds.Tables.Learning} (substation {TrialSite.SubstationLearning.TotalHours:0} hours, vehicles "
            + $"{TrialSite.VehicleLearning.TotalMinutes:0} minutes); each trial has a seed of its own from {TrialSeeds.Tables.First} on "
            + $"(substation {TrialSite.SubstationLength.TotalMinutes:0} minutes, the attack after {TrialSite.SubstationMoment.TotalMinutes:0}; vehicles "
            + $"{TrialSite.VehicleLength.TotalMinutes:0}). These seeds serve this table alone.");
        page.WriteLine();
        page.WriteLine("- **found**: an alarm covers a frame of the attack, or was raised in its time, and is of a kind that names it.");
        page.WriteLine("- **seen, not named**: alarms cover it, none of a kind that names it. **missed**: none covers it.");
        page.WriteLine("- **5/10**, **6/10**: no detector raises any of the kinds that would name it yet; these come with that issue.");
        page.WriteLine(
            $"- consequences: other alarms while it lasted or within {Host.Runs.PlantedScore.Aftermath.TotalSeconds:0} s of its end, or later where what it set stays set. false alarms: all others.");
        page.WriteLine("- **quiet**: a look-alike raised nothing worse than information. **quiet, announced**: what it raised is held back by the");
        page.WriteLine("  maintenance window of its work order (five minutes before and after; in the plant for the hosts it is worked from and on).");
        page.WriteLine();
        page.WriteLine("| intensity | attacks that detectors of today name | found | seen, not named | missed | 5/10 or 6/10 |");
        page.WriteLine("|---|---|---|---|---|---|");
        foreach (var group in attacks.GroupBy(trial => trial.Intensity))
        {
            int Count(Func<Trial, bool> which) => group.Count(which);
            var pending = Count(trial => trial.Verdict.Contains("/10", StringComparison.Ordinal));
            page.WriteLine(
                $"| {Text(group.Key)} | {group.Count() - pending} | {Count(trial => trial.Verdict == "found")} "
                + $"| {Count(trial => trial.Verdict == "SEEN, not named")} | {Count(trial => trial.Verdict == "MISSED")} | {pending} |");
        }

        page.WriteLine();
        page.WriteLine(
            $"{lookAlikes.Count} look-alikes, {lookAlikes.Count(trial => trial.Verdict.StartsWith("quiet", StringComparison.Ordinal))} quiet. In all trials "
            + $"{trials.Sum(trial => trial.Event is { IsAttack: false } ? 0 : trial.Score.FalseAlarms.Count)} false alarms apart from those of look-alikes.");
        Section("Attacks", attacks);
        Section("Look-alikes", lookAlikes);
        Section("Nothing planted", quiet);

        void Section(string heading, IReadOnlyList<Trial> rows)
        {
            page.WriteLine();
            page.WriteLine($"## {heading}");
            page.WriteLine();
            WriteRows(rows, page);
        }
    }

    private static string Text(Simulators.Intensity? intensity) => intensity?.ToString().ToLowerInvariant() ?? "";

    private static string Seconds(Trial trial) =>
        trial.Result?.SecondsToDetection?.ToString("0.0", CultureInfo.InvariantCulture) ?? "";

    private static string Kinds(IEnumerable<Deviation> alarms) => string.Join(
        ", ", alarms.GroupBy(alarm => alarm.Kind).OrderBy(kind => kind.Key.Row, StringComparer.Ordinal)
            .Select(kind => $"{kind.Key.Row} {kind.Key.Name}{(kind.Count() > 1 ? $" ×{kind.Count()}" : "")}"));
}
