namespace OtGuard.Models.Scoring;

/// <summary>The Poisson distribution: counts of what comes by itself at a steady rate. Stateless, thread-safe.</summary>
public static class Poisson
{
    /// <summary>
    /// The probability of <paramref name="count"/> or more where <paramref name="mean"/> are to be expected; summed from its
    /// own term on, so that small ones keep their digits.
    /// </summary>
    public static double AtLeast(int count, double mean)
    {
        if (count <= 0) return 1;
        if (mean <= 0) return 0;
        var term = Math.Exp(-mean);
        for (var at = 1; at <= count; at++) term *= mean / at;
        var sum = 0.0;
        for (var at = count + 1; term > sum * 1e-12; at++)
        {
            sum += term;
            term *= mean / at;
        }

        return Math.Min(1, sum);
    }
}
