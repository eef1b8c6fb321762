using System.Numerics;
using System.Runtime.CompilerServices;
using OtGuard.Collectors;

namespace OtGuard.Models.Conversations;

/// <summary>What is measured of a conversation in a window.</summary>
/// <param name="Name">As a noun: <c>the reads</c>.</param>
/// <param name="Unit">Its unit after <see cref="Natural"/>.</param>
/// <param name="IsLogarithm">True where it is kept as a binary logarithm, false where as a square root.</param>
/// <param name="IsTwoSided">True where less than usual is as odd as more.</param>
internal sealed record TrafficFeature(string Name, string Unit, bool IsLogarithm, bool IsTwoSided)
{
    /// <summary>
    /// A feature does not scatter by less than this, however even it was: the standard deviation of the root of a Poisson
    /// count, and a quarter of an octave for times.
    /// </summary>
    public double LeastSpread => IsLogarithm ? 0.25 : 0.5;

    /// <summary>The value in its unit: a count, bytes, milliseconds, requests a second.</summary>
    public double Natural(double value) => IsLogarithm ? Math.Pow(2, value) : value * value;
}

/// <summary>What one conversation did in the window at hand: counts that become a row of features.</summary>
/// <remarks>
/// Counts are taken by their roots, which evens out the scatter of rare and frequent things alike (Bartlett 1936), times by
/// their logarithms. Different targets and operations are counted by linear counting in a bitmap (Whang, Vander-Zanden,
/// Taylor, ACM TODS 15 (1990) 208): nothing grows with the traffic. Of times the mean of the logarithms is taken and no
/// quantile: polls come in groups, and the median of their gaps leaps between those within and those between groups.
/// </remarks>
internal struct TrafficWindow
{
    /// <summary>Number of features.</summary>
    public const int Features = 11;

    private const int TargetBits = 256;

    /// <summary>Requests that share a segment have the same time: a microsecond apart.</summary>
    private const long LeastGap = 1000;

    /// <summary>Every feature, in the order of a row.</summary>
    public static readonly TrafficFeature[] All =
    [
        new("the number of exchanges", "", false, false),
        new("the number of reads", "", false, false),
        new("the number of writes", "", false, false),
        new("the number of other operations", "", false, false),
        new("the number of refusals", "", false, false),
        new("the number of different targets", "", false, false),
        new("the number of different operations", "", false, false),
        new("the values read", "bytes", false, false),
        new("the values written", "bytes", false, false),
        new("the mean time to an answer", "ms", true, true),
        new("the mean rate of requests", "a second", true, false),
    ];

    private int _exchanges;
    private int _reads;
    private int _writes;
    private int _others;
    private int _refusals;
    private long _bytesRead;
    private long _bytesWritten;
    private ulong _operations;
    private int _latencies;
    private double _latencySum;
    private int _gaps;
    private double _gapSum;
    private Bits _targets;

    /// <summary>True where nothing happened.</summary>
    public readonly bool IsEmpty => _exchanges == 0;

    /// <summary>Counts an observation that came so many nanoseconds after the one before, -1 where that is not known.</summary>
    public void Add(in Observation observation, long gap)
    {
        _exchanges++;
        if (observation.Outcome == Outcome.Rejected) _refusals++;
        if (observation.IsWrite) _writes++;
        else if (observation.Operation is Operation.Read or Operation.ReadRecords or Operation.Notify) _reads++;
        else _others++;
        _bytesRead += observation.ResponseValues.Length;
        _bytesWritten += observation.RequestValues.Length;
        _operations |= 1ul << (int)(Mix((uint)(ushort)observation.Code << 16 ^ (uint)observation.SubCode) >> 58);
        var target = (int)(Mix((ulong)observation.Target.Start << 16 ^ (ulong)(uint)observation.Target.Count
            ^ (ulong)observation.Target.Space << 56 ^ (ulong)(ushort)observation.Unit << 40) >> 56);
        _targets[target >> 6] |= 1ul << (target & 63);
        if (observation.LatencyNanoseconds > 0 && observation.Operation != Operation.Notify)
        {
            _latencies++;
            _latencySum += Math.Log2(observation.LatencyNanoseconds / 1e6);
        }

        if (gap < 0) return;
        _gaps++;
        _gapSum += Math.Log2(Math.Max(gap, LeastGap) / 1e9);
    }

    /// <summary>
    /// The row of features. A mean that is not known, or of less than half as many as usual, is what it usually is: a window
    /// in which a connection began says nothing of it.
    /// </summary>
    public readonly void Write(Span<float> row, ReadOnlySpan<float> usual)
    {
        var isWhole = _exchanges >= usual[0] * usual[0] / 2;
        row[0] = Root(_exchanges);
        row[1] = Root(_reads);
        row[2] = Root(_writes);
        row[3] = Root(_others);
        row[4] = Root(_refusals);
        row[5] = Root(Distinct(_targets[0], _targets[1], _targets[2], _targets[3]));
        row[6] = Root(BitOperations.PopCount(_operations));
        row[7] = Root(_bytesRead);
        row[8] = Root(_bytesWritten);
        row[9] = isWhole && _latencies > 0 ? (float)(_latencySum / _latencies) : usual[9];
        row[10] = isWhole && _gaps > 0 ? (float)(-_gapSum / _gaps) : usual[10];
    }

    private static float Root(double count) => (float)Math.Sqrt(count);

    private static double Distinct(ulong a, ulong b, ulong c, ulong d)
    {
        var empty = TargetBits - BitOperations.PopCount(a) - BitOperations.PopCount(b)
            - BitOperations.PopCount(c) - BitOperations.PopCount(d);
        return -TargetBits * Math.Log(Math.Max(empty, 0.5) / TargetBits);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ value >> 31) * 0x9E37_79B9_7F4A_7C15;
        return (value ^ value >> 29) * 0xBF58_476D_1CE4_E5B9;
    }

    [InlineArray(TargetBits / 64)]
    private struct Bits
    {
        private ulong _first;
    }
}
