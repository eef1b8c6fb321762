using System.Numerics;

namespace OtGuard.Models;

/// <summary>
/// Quantiles of positive numbers from a fixed number of counters: the buckets grow with the numbers, so that the answer is
/// within 1/16 (6 %) of the truth whatever the magnitude. 2 KiB, nothing allocated after the first number.
/// </summary>
/// <remarks>The bucket layout is that of an HDR histogram with four significant bits.</remarks>
public sealed class LogHistogram
{
    private const int SubBits = 4;
    private const int SubBuckets = 1 << SubBits;

    private uint[]? _counts;

    /// <summary>How many numbers were added.</summary>
    public long Count { get; private set; }

    /// <summary>The smallest number added, or 0.</summary>
    public long Minimum { get; private set; }

    /// <summary>The largest number added, or 0.</summary>
    public long Maximum { get; private set; }

    /// <summary>Adds a number; negative ones count as 0.</summary>
    public void Add(long value)
    {
        if (value < 0) value = 0;
        if (Count++ == 0) Minimum = Maximum = value;
        else if (value < Minimum) Minimum = value;
        else if (value > Maximum) Maximum = value;
        _counts ??= new uint[(64 - SubBits) * SubBuckets + SubBuckets];
        _counts[BucketOf(value)]++;
    }

    /// <summary>The number below which the share <paramref name="quantile"/> (0–1) of the numbers lies; 0 without numbers.</summary>
    public long Quantile(double quantile)
    {
        if (_counts is null) return 0;
        var rank = Math.Max(1, (long)Math.Ceiling(quantile * Count));
        long seen = 0;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank) return Math.Clamp(MiddleOf(bucket), Minimum, Maximum);
        }

        return Maximum;
    }

    private static int BucketOf(long value)
    {
        if (value < SubBuckets) return (int)value;
        var exponent = BitOperations.Log2((ulong)value) - SubBits;
        return (exponent + 1) * SubBuckets + (int)(value >> exponent) - SubBuckets;
    }

    private static long MiddleOf(int bucket)
    {
        if (bucket < SubBuckets) return bucket;
        var exponent = bucket / SubBuckets - 1;
        var low = (long)(SubBuckets + bucket % SubBuckets) << exponent;
        return low + ((1L << exponent) - 1) / 2;
    }
}
