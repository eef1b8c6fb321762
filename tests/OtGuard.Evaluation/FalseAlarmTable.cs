using System.Globalization;

namespace OtGuard.Evaluation;

/// <summary>Realised alarms beside their budgets: as a page and as a plot, written again after each part.</summary>
internal static class FalseAlarmTable
{
    private const int DefaultBudget = 1;

    private static readonly double[] Levels = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9];

    /// <summary>Judges all there is in the plan and writes the table.</summary>
    public static void Write(string folder, FalseAlarmPlan plan, TextWriter progress)
    {
        Directory.CreateDirectory(folder);
        List<BenignLife> real = [], simulated = [];
        foreach (var life in FalseAlarmRun.RealCaptures())
        {
            real.Add(life);
            progress.WriteLine($"{life.Name}: {life.AllAlarms[DefaultBudget]} alarms in {life.Exposure.TotalSeconds:0} s");
        }

        Save();
        simulated.Add(FalseAlarmRun.Station(plan, progress));
        Save();
        simulated.Add(FalseAlarmRun.StationGoingOn(plan, progress));
        Save();
        simulated.Add(FalseAlarmRun.Driving(plan, progress));
        Save();

        void Save()
        {
            using (var page = new StreamWriter(Path.Combine(folder, "false-alarms.md")) { NewLine = "\n" }) WritePage(page, plan, real, simulated);
            if (simulated.Count > 0) Plot(Path.Combine(folder, "false-alarms.svg"), simulated);
        }
    }

    private static void WritePage(
        StreamWriter page, FalseAlarmPlan plan, IReadOnlyList<BenignLife> real, List<BenignLife> simulated)
    {
        page.WriteLine("# False alarms");
        page.WriteLine();
        page.WriteLine("Benign life that was not learned, judged at three budgets of false alarms. Reproduce with");
        page.WriteLine();
        page.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"    dotnet run --project tests/OtGuard.Evaluation -c Release -- false-alarms tests/results {plan.Driving.TotalHours:0.##}"));
        page.WriteLine();
        page.WriteLine("The budget is for the learned models, whose thresholds follow from it; alarms of all kinds stand beside theirs. Information is no alarm.");
        page.WriteLine("In brackets the one-sided 95 % bounds of the mean (Garwood 1936).");
        page.WriteLine();
        page.WriteLine("## Simulated life");
        page.WriteLine();
        page.WriteLine("| life | exposure | budget a day | expected | alarms of models | realised ÷ budget | alarms of all kinds |");
        page.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var life in simulated)
        {
            for (var at = 0; at < FalseAlarmPlan.Budgets.Count; at++)
            {
                var expected = FalseAlarmPlan.Budgets[at].PerDay * life.Exposure.TotalDays;
                page.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {life.Name} | {Span(life.Exposure)} | {FalseAlarmPlan.Budgets[at].PerDay:0.##} | {expected:0.00} | {Bounded(life.ModelAlarms[at])} "
                    + $"| {life.ModelAlarms[at] / expected:0.00} ({PoissonBound.Lower(life.ModelAlarms[at]) / expected:0.00} to "
                    + $"{PoissonBound.Upper(life.ModelAlarms[at]) / expected:0.00}) | {Bounded(life.AllAlarms[at])} |"));
            }
        }

        page.WriteLine();
        foreach (var life in simulated)
        {
            page.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"- {life.Name}: {life.Split}; {life.Frames} frames. The smallest budget that learning supports without extrapolation: {Text(life.SmallestBudget)} a day. At the default budget: {Kinds(life)}; {life.States} times \"operating state not learned\" for information."));
        }

        page.WriteLine();
        if (simulated.Count > 0) page.WriteLine("![realised beside the budget](false-alarms.svg)");
        WriteHoldOut(page, simulated);
        WriteReal(page, real);
    }

    private static void WriteHoldOut(StreamWriter page, IReadOnlyList<BenignLife> simulated)
    {
        page.WriteLine();
        page.WriteLine("## Held-out p-values");
        page.WriteLine();
        page.WriteLine("The greatest score of each event in the life judged, as a p-value by the calibration of its scale, whether it was an alarm or not. Uniform");
        page.WriteLine("p-values have the share p at or below each p. D is their greatest distance from that (Kolmogorov and Smirnov), held against what it exceeds in");
        page.WriteLine("one of twenty cases; among equal scores the place is drawn. A calibration keeps its 256 greatest scores: where it saw more events, greater p-values are");
        page.WriteLine("not known. Events still open at the end are left out, and where a scale had no event while learning, every p-value is drawn.");
        foreach (var life in simulated)
        {
            var judged = life.Scales.Where(scale => scale.Events > 0 && scale.Calibration.EventCount > 0).ToList();
            page.WriteLine();
            page.WriteLine(
                $"{life.Name}: {judged.Count(scale => scale.IsUniform)} of {judged.Count} scales with events on both sides are uniform within chance"
                + $"{string.Concat(judged.Where(scale => !scale.IsUniform).Select((scale, at) => (at == 0 ? "; not: " : ", ") + scale.Calibration.Scale))}.");
        }

        page.WriteLine();
        page.WriteLine($"| life | scale | events learned | a day | events judged | a day | {string.Join(" | ", Levels.Select(level => $"p ≤ {Text(level)}"))} | D | 5 % |");
        page.WriteLine($"|---|---|---|---|---|---|{string.Concat(Levels.Select(_ => "---|"))}---|---|");
        foreach (var life in simulated)
        {
            foreach (var scale in life.Scales)
            {
                var shares = Levels.Select(level => scale.ShareAtMost(level) is { } share ? Text(share) : "");
                page.WriteLine(
                    $"| {life.Name} | {scale.Calibration.Scale} | {scale.Calibration.EventCount} | {Text(scale.Calibration.EventCount / scale.Calibration.Exposure.TotalDays)} "
                    + $"| {scale.Events} | {Text(scale.Events / scale.Exposure.TotalDays)} | {string.Join(" | ", shares)} "
                    + $"| {(scale.Events == 0 ? "" : Text(scale.Distance))} | {(scale.Events == 0 ? "" : Text(scale.Critical))} |");
            }
        }
    }

    private static void WriteReal(StreamWriter page, IReadOnlyList<BenignLife> real)
    {
        page.WriteLine();
        page.WriteLine("## Real captures");
        page.WriteLine();
        page.WriteLine("Each learned up to its middle, or up to where its clean lead-in ends, and judged from there on: seconds to minutes, so that counts are told and no rates.");
        page.WriteLine("Most signals are still in the stage Learning after so short a time, and what models find of those is information: that none is an alarm shows little.");
        page.WriteLine();
        page.WriteLine(
            $"| capture | learned → judged | exposure | models at {string.Join(" | at ", FalseAlarmPlan.Budgets.Select(budget => Text(budget.PerDay)))} | all kinds at the default | of which |");
        page.WriteLine($"|---|---|---|{string.Concat(FalseAlarmPlan.Budgets.Select(_ => "---|"))}---|---|");
        foreach (var life in real)
        {
            page.WriteLine(
                $"| {life.Name} | {life.Split} | {Span(life.Exposure)} | {string.Join(" | ", life.ModelAlarms.Select(Bounded))} "
                + $"| {Bounded(life.AllAlarms[DefaultBudget])} | {Kinds(life)}{(life.States > 0 ? $"; operating state not learned ×{life.States} (information)" : "")} |");
        }

        var exposure = TimeSpan.FromTicks(real.Sum(life => life.Exposure.Ticks));
        page.WriteLine(
            $"| **together** | | {Span(exposure)} | {string.Join(" | ", FalseAlarmPlan.Budgets.Select((_, at) => Bounded(real.Sum(life => life.ModelAlarms[at]))))} "
            + $"| {Bounded(real.Sum(life => life.AllAlarms[DefaultBudget]))} | |");
    }

    private static void Plot(string path, IReadOnlyList<BenignLife> simulated) => BarChart.Write(
        path, "Alarms of the learned models, realised ÷ budget; the line is 1, bars end at 4", 4, 1,
        [
            .. simulated.Select(life => (life.Name, (IReadOnlyList<(string, double?)>)
                [.. FalseAlarmPlan.Budgets.Select((budget, at) => (
                    $"budget {Text(budget.PerDay)} a day",
                    (double?)(life.ModelAlarms[at] / (budget.PerDay * life.Exposure.TotalDays))))])),
        ]);

    private static string Kinds(BenignLife life) => life.Kinds.Count == 0
        ? "no alarm"
        : string.Join(", ", life.Kinds.Select(kind => kind.Value == 1 ? kind.Key : $"{kind.Key} ×{kind.Value}"));

    private static string Bounded(long count) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} ({PoissonBound.Lower(count):0.0} to {PoissonBound.Upper(count):0.0})");

    private static string Span(TimeSpan span) => span.TotalDays >= 1
        ? Text(span.TotalDays) + " d"
        : span.TotalHours >= 1 ? Text(span.TotalHours) + " h" : Text(span.TotalSeconds) + " s";

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
