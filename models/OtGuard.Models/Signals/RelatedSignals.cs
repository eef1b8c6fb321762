using System.Numerics;
using System.Runtime.InteropServices;

namespace OtGuard.Models.Signals;

/// <summary>
/// Finds the signals that tell most of another one: orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993).
/// Each step takes the signal that goes best with what those taken so far leave unexplained, so that a sum (of the feeders of
/// a busbar, of the wheels of a car) is found where no part of it alone goes with the target.
/// </summary>
internal sealed class RelatedSignals
{
    private readonly float[][] _columns;
    private readonly int _rows;

    /// <param name="columns">Snapshots of each signal, all of one length; null for a signal that may be nobody's relation.</param>
    public RelatedSignals(float[]?[] columns)
    {
        _rows = columns.FirstOrDefault(column => column is not null)?.Length ?? 0;
        _columns = [.. columns.Select(column => column is null ? [] : Standardised(column))];
    }

    /// <summary>
    /// The signals related to one, the best first: at most <paramref name="most"/>, ending where a further one explains less
    /// than a hundredth of what is left.
    /// </summary>
    /// <param name="target">Index of the signal.</param>
    /// <param name="may">Whether a signal may be taken.</param>
    /// <param name="most">How many at most.</param>
    public List<int> Of(int target, Func<int, bool> may, int most)
    {
        const float least = 0.1f;
        List<int> chosen = [];
        if (_columns[target].Length == 0) return chosen;
        var residual = (float[])_columns[target].Clone();
        List<float[]> basis = [];
        for (var step = 0; step < most; step++)
        {
            var length = MathF.Sqrt(Dot(residual, residual));
            if (length < 1e-3f * MathF.Sqrt(_rows)) break;
            var (best, correlation) = (-1, 0f);
            for (var at = 0; at < _columns.Length; at++)
            {
                if (at == target || _columns[at].Length == 0 || chosen.Contains(at) || !may(at)) continue;
                // Columns have the length √rows.
                var with = MathF.Abs(Dot(residual, _columns[at])) / (length * MathF.Sqrt(_rows));
                if (with > correlation) (best, correlation) = (at, with);
            }

            // A correlation of a tenth explains a hundredth of the variance.
            if (best < 0 || correlation < least) break;
            var direction = (float[])_columns[best].Clone();
            foreach (var other in basis) Subtract(direction, other, Dot(direction, other));
            var left = MathF.Sqrt(Dot(direction, direction));
            chosen.Add(best);
            // What lies within those taken already adds nothing but safety.
            if (left < 1e-3f * MathF.Sqrt(_rows)) continue;
            for (var row = 0; row < direction.Length; row++) direction[row] /= left;
            Subtract(residual, direction, Dot(residual, direction));
            basis.Add(direction);
        }

        return chosen;
    }

    /// <summary>How two signals go together over the snapshots: -1 to 1.</summary>
    public double Correlation(int first, int second) =>
        _columns[first].Length == 0 || _columns[second].Length == 0 ? 0 : Dot(_columns[first], _columns[second]) / _rows;

    private static float[] Standardised(float[] column)
    {
        var mean = column.Average(value => (double)value);
        var spread = Math.Sqrt(column.Average(value => Math.Pow(value - mean, 2)));
        return spread > 0 ? [.. column.Select(value => (float)((value - mean) / spread))] : [];
    }

    private static float Dot(float[] first, float[] second)
    {
        var left = MemoryMarshal.Cast<float, Vector<float>>(first);
        var right = MemoryMarshal.Cast<float, Vector<float>>(second);
        var sums = Vector<float>.Zero;
        for (var at = 0; at < left.Length; at++) sums += left[at] * right[at];
        var sum = Vector.Sum(sums);
        for (var at = left.Length * Vector<float>.Count; at < first.Length; at++) sum += first[at] * second[at];
        return sum;
    }

    private static void Subtract(float[] from, float[] direction, float share)
    {
        for (var at = 0; at < from.Length; at++) from[at] -= share * direction[at];
    }
}
