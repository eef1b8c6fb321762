namespace OtGuard.Evaluation;

/// <summary>Exact bounds of a Poisson count (F. Garwood, Biometrika 28 (1936) 437).</summary>
internal static class PoissonBound
{
    /// <summary>One-sided confidence of each bound.</summary>
    public const double Confidence = 0.95;

    /// <summary>The mean above which so few events, or fewer, come with a probability below 5 %. Of none it is 3.00.</summary>
    public static double Upper(long events) => Solve(mean => AtMost(events, mean) > 1 - Confidence, events);

    /// <summary>The mean below which so many events, or more, come with a probability below 5 %; 0 for none.</summary>
    public static double Lower(long events) =>
        events == 0 ? 0 : Solve(mean => AtMost(events - 1, mean) > Confidence, events);

    // The greatest mean for which the condition, true at 0 and false far out, still holds.
    private static double Solve(Func<double, bool> holds, long events)
    {
        var (low, high) = (0.0, events + 20 + 10 * Math.Sqrt(events));
        for (var turn = 0; turn < 80; turn++)
        {
            var middle = (low + high) / 2;
            if (holds(middle)) low = middle;
            else high = middle;
        }

        return low;
    }

    private static double AtMost(long events, double mean)
    {
        if (mean <= 0) return 1;
        // Terms by their logarithms: exp(-mean) alone vanishes for means beyond 745.
        var (sum, logTerm) = (0.0, -mean);
        for (long k = 0; k <= events; k++)
        {
            sum += Math.Exp(logTerm);
            logTerm += Math.Log(mean) - Math.Log(k + 1);
        }

        return sum;
    }
}
