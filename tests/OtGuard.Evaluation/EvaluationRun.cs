using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;

namespace OtGuard.Evaluation;

/// <summary>One event at one intensity, judged.</summary>
/// <param name="Site">The simulated site.</param>
/// <param name="Event">What was planted; null for life with nothing planted.</param>
/// <param name="Intensity">How strongly; null for what knows no intensity.</param>
/// <param name="Seed">The trial's seed.</param>
/// <param name="Score">What came of it.</param>
internal sealed record Trial(string Site, IPlantedEvent? Event, Intensity? Intensity, int Seed, PlantedScore Score)
{
    /// <summary>The planted event's result; null where nothing was planted.</summary>
    public PlantedResult? Result => Event is null ? null : Score.Attacks.Concat(Score.LookAlikes).Single();

    /// <summary>What a reader wants to know first.</summary>
    public string Verdict
    {
        get
        {
            if (Event is not { IsAttack: true } || Result is not { } result) return Score.FalseAlarms.Count > 0 ? "RAISED" : Score.Held.Count > 0 ? "quiet, announced" : "quiet";
            if (result.IsFound) return "found";
            if (result.IsBeyondDetectors) return result.Alarms.Count > 0 ? "seen, " + Pending : Pending;
            return result.Alarms.Count > 0 ? "SEEN, not named" : "MISSED";
        }
    }

    /// <summary>True where a detector that exists should have found and named it, or raised nothing.</summary>
    public bool IsShortfall => Verdict is "RAISED" or "MISSED" or "SEEN, not named";

    // Rows that no detector raises yet, by the issue that brings them: channel silence and process states come with
    // the monitor (6/10), values and rhythms with the learned models (5/10).
    private string Pending => Event!.ExpectedRows.Any(row => row is not ("A11" or "B7")) ? "5/10" : "6/10";
}

/// <summary>Runs trials, two at a time.</summary>
internal static class EvaluationRun
{
    /// <summary>Every attack at every intensity, every look-alike, and each site with nothing planted.</summary>
    public static IReadOnlyList<Trial> All(TextWriter progress) =>
        Run([.. Plan(TrialSite.Events, withQuiet: true, TrialSite.All(TrialSeeds.Tables), TrialSeeds.Tables)], progress);

    /// <summary>
    /// The events of these names, each in so many sets of trials, with seeds that are not those of the tables; what was
    /// learned from is another seed for each <paramref name="learning"/>.
    /// </summary>
    public static IReadOnlyList<Trial> Of(IReadOnlyList<string> names, int sets, TextWriter progress, int learning = 0)
    {
        var sites = TrialSite.All(TrialSeeds.Development with { Learning = TrialSeeds.Development.Learning + learning });
        return Run(
            [
                .. Enumerable.Range(0, sets)
                    .SelectMany(set => Plan(TrialSite.Events, withQuiet: true, sites, TrialSeeds.Development.Next(set)))
                    .Where(trial => names.Contains(trial.Event?.Name ?? trial.Site.Scene.Site)),
            ],
            progress);
    }

    /// <summary>What is to be tried. A trial keeps its seed whatever else is tried.</summary>
    public static IReadOnlyList<(TrialSite Site, IPlantedEvent? Event, Intensity? Intensity, int Seed)> Plan(
        IReadOnlyList<IPlantedEvent> events, bool withQuiet, IReadOnlyList<TrialSite> sites, TrialSeeds seeds)
    {
        var trials = events.SelectMany(planted => Intensities(planted).Select(intensity => (
            sites.First(site => site.Scene.Fits(planted)), (IPlantedEvent?)planted, intensity,
            SeedOf(planted.Name, intensity, seeds)))).ToList();
        if (!withQuiet) return trials;
        return
        [
            .. trials,
            .. sites.Select(site => (site, (IPlantedEvent?)null, (Intensity?)null, SeedOf(site.Scene.Site, null, seeds))),
        ];
    }

    private static IEnumerable<Intensity?> Intensities(IPlantedEvent planted) =>
        planted.IsAttack ? Enum.GetValues<Intensity>().Cast<Intensity?>() : [null];

    // Stable from run to run and from version to version, as string.GetHashCode is not.
    private static int SeedOf(string name, Intensity? intensity, TrialSeeds seeds) =>
        seeds.First + name.Aggregate(7, (seed, letter) => (seed * 31 + letter) % 800_000) * 4 + (intensity is { } some ? (int)some : 3);

    private static List<Trial> Run(
        IReadOnlyList<(TrialSite Site, IPlantedEvent? Event, Intensity? Intensity, int Seed)> plan, TextWriter progress)
    {
        var done = 0;
        return plan.AsParallel().AsOrdered().WithDegreeOfParallelism(Environment.ProcessorCount).Select(entry =>
        {
            var score = entry.Site.Try(entry.Event, Strength.Of(entry.Intensity ?? Intensity.Medium), entry.Seed);
            var trial = new Trial(entry.Site.Scene.Site, entry.Event, entry.Intensity, entry.Seed, score);
            progress.WriteLine(
                $"{Interlocked.Increment(ref done)}/{plan.Count} {trial.Site}: {entry.Event?.Name ?? "nothing"} "
                + $"{entry.Intensity} {trial.Verdict}"
                + string.Concat(score.FalseAlarms.Select(alarm =>
                    $"{Environment.NewLine}    false at {alarm.FirstSeen}: {alarm.Kind.Name}: {Messages.Format(alarm.Finding.Message)}")));
            return trial;
        }).ToList();
    }
}
