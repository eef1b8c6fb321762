namespace OtGuard.Collectors.Capture.Files;

/// <summary>Sums of counters a file claims: they stop at the end of the range instead of wrapping.</summary>
internal static class Saturating
{
    /// <summary>The sum of two counts that are not negative.</summary>
    public static long Add(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;
}
