using OtGuard.Models.Scoring;

namespace OtGuard.Models.Signals;

/// <summary>
/// Tells whether two-valued signals that went together while learning can have done so by chance: in an hour in which a switch
/// moved once, many others did too. What is not proven ranks frames, and is told for information alone.
/// </summary>
/// <remarks>
/// Of a signal that knows nothing of the target and changes c times in the time T, the nearest change to a moment lies within d
/// with probability min(1, 2·d·c/T), whatever d is; over all moments of the target the product is a p-value of the pair. Of N
/// candidates, those with p-values up to p are then Poisson with mean N·p where none is related, so that v of them have the
/// probability P(X ≥ v | N·p). It has to be below <see cref="Accidental"/> after it was multiplied by the number of v tried and of
/// targets (Bonferroni; the scan over v is Tukey's higher criticism, Donoho and Jin, Annals of Statistics 32 (2004) 962).
/// </remarks>
internal sealed class VoterProof(IReadOnlyList<SignalModel> models, IReadOnlyList<IReadOnlyList<long>> changes, double nanoseconds)
{
    /// <summary>Changes of a signal that are looked at; as many as that by chance is out of the question.</summary>
    public const int MostChanges = 64;

    /// <summary>How often relations may be taken for proven in a whole training that are none: once in twenty.</summary>
    private const double Accidental = 0.05;

    private readonly int _targets = models.Count(model => model.States.Length == 2);

    /// <summary>Whether so many of the candidates change with the target that it is no chance.</summary>
    /// <param name="target">The signal.</param>
    /// <param name="voters">How many of the candidates were chosen for it.</param>
    /// <param name="candidates">The two-valued signals that might have been.</param>
    public bool IsProven(int target, int voters, IReadOnlyList<int> candidates)
    {
        var chances = candidates.Select(candidate => Chance(target, candidate)).Order().ToList();
        for (var count = 1; count <= Math.Min(voters, chances.Count); count++)
        {
            if (voters * (double)_targets * Poisson.AtLeast(count, chances.Count * chances[count - 1]) < Accidental) return true;
        }

        return false;
    }

    private double Chance(int target, int candidate)
    {
        var others = changes[candidate];
        if (others.Count == 0) return 1;
        // Neither change is known to better than a cycle.
        var least = (double)Math.Max(models[target].Cycle, models[candidate].Cycle);
        var (product, at) = (1.0, 0);
        foreach (var change in changes[target])
        {
            while (at + 1 < others.Count && Math.Abs(others[at + 1] - change) <= Math.Abs(others[at] - change)) at++;
            product *= Math.Min(1, 2 * Math.Max(least, Math.Abs(others[at] - change)) * others.Count / Math.Max(1, nanoseconds));
        }

        return product;
    }
}
