namespace OtGuard.Evaluation;

/// <summary>Area under the receiver operating characteristic.</summary>
internal static class Auc
{
    /// <summary>
    /// The share of pairs of an attack's and a normal row in which the attack's scores higher, ties counted half (Mann and
    /// Whitney 1947); null where one of the two is missing.
    /// </summary>
    public static double? Of(IEnumerable<(double Score, bool IsAttack)> rows)
    {
        var sorted = rows.OrderBy(row => row.Score).ToList();
        var attacks = sorted.LongCount(row => row.IsAttack);
        var normal = sorted.Count - attacks;
        if (attacks == 0 || normal == 0) return null;
        var (ranks, at) = (0.0, 0);
        while (at < sorted.Count)
        {
            var end = at;
            while (end < sorted.Count && sorted[end].Score == sorted[at].Score) end++;
            var middle = (at + 1 + end) / 2.0;
            for (; at < end; at++)
                if (sorted[at].IsAttack) ranks += middle;
        }

        return (ranks - attacks * (attacks + 1) / 2.0) / ((double)attacks * normal);
    }
}
