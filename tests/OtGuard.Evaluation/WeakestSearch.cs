using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;

namespace OtGuard.Evaluation;

/// <summary>How weak an attack may be and still be found.</summary>
/// <param name="Event">The attack.</param>
/// <param name="Parameter">What is varied: its first parameter; all others as at medium intensity.</param>
/// <param name="Found">The weakest value at which it was found and named; null where it never was.</param>
/// <param name="Missed">The next weaker value tried, at which it was not; null where the weakest tried is still found.</param>
internal sealed record Weakest(IPlantedEvent Event, AttackParameter Parameter, double? Found, double? Missed);

/// <summary>
/// Searches the weakest strength of every attack that is found at all, by bisection on a logarithmic scale: from its high
/// value to a thousandth of the low one's strength (a single one, where it counts things).
/// </summary>
internal static class WeakestSearch
{
    /// <summary>Halvings of the range, so that the answer is exact to within its 32nd root: a factor of 1.3 of thousands.</summary>
    private const int Halvings = 5;

    private const double BeyondLow = 1000;
    private const int Seed = 9_800_001;

    // A slow scan needs its time.
    private static readonly TimeSpan SubstationLength = TimeSpan.FromHours(1);

    public static IReadOnlyList<Weakest> All(TextWriter progress)
    {
        var attacks = TrialSite.Events.Where(planted => planted.IsAttack && planted.Parameters.Count > 0).ToList();
        var sites = TrialSite.All(TrialSeeds.Tables);
        var done = 0;
        return attacks.AsParallel().AsOrdered().WithDegreeOfParallelism(Environment.ProcessorCount).Select(attack =>
        {
            var weakest = Of(attack, sites.First(site => site.Scene.Fits(attack)));
            progress.WriteLine($"{Interlocked.Increment(ref done)}/{attacks.Count} {attack.Name}: {weakest.Found}");
            return weakest;
        }).ToList();
    }

    private static Weakest Of(IPlantedEvent attack, TrialSite site)
    {
        var parameter = attack.Parameters[0];
        var grows = parameter.High > parameter.Low;
        var isCount = parameter.Unit.Length == 0 && parameter.Low >= 1;
        var strong = parameter.High > 0 ? parameter.High : parameter.Medium;
        var weak = grows ? parameter.Low / BeyondLow : Math.Max(parameter.Low, 1e-3) * BeyondLow;
        if (isCount) weak = Math.Max(weak, 1);
        double Round(double value) => isCount ? Math.Max(1, Math.Round(value)) : value;
        bool Finds(double value)
        {
            var length = attack.SiteKind == SiteKind.Substation ? SubstationLength : TrialSite.VehicleLength;
            var score = site.Try(attack, Strength.Medium.With(parameter.Name, Round(value)), Seed, length);
            return score.Attacks is [{ IsFound: true }];
        }

        if (!Finds(strong)) return new Weakest(attack, parameter, null, null);
        if (Finds(weak)) return new Weakest(attack, parameter, Round(weak), null);
        for (var i = 0; i < Halvings && Round(strong) != Round(weak); i++)
        {
            var middle = Math.Exp((Math.Log(strong) + Math.Log(weak)) / 2);
            if (isCount && (Round(middle) == Round(strong) || Round(middle) == Round(weak))) break;
            if (Finds(middle)) strong = middle;
            else weak = middle;
        }

        return new Weakest(attack, parameter, Round(strong), Round(weak));
    }
}
