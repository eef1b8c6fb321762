using OtGuard.Models.Scoring;

namespace OtGuard.Models.Signals;

/// <summary>A linear prediction. Immutable, thread-safe, allocates nothing. It extrapolates, as trees do not.</summary>
public sealed class LinearModel
{
    private readonly float[] _weights;
    private readonly double _bias;

    /// <summary>Creates the model: the sum of features times weights, and the bias.</summary>
    public LinearModel(float[] weights, double bias) => (_weights, _bias) = (weights, bias);

    /// <summary>Number of features.</summary>
    public int Features => _weights.Length;

    /// <summary>The prediction.</summary>
    public double Predict(ReadOnlySpan<float> features)
    {
        var sum = _bias;
        for (var at = 0; at < _weights.Length; at++) sum += _weights[at] * features[at];
        return sum;
    }

    /// <summary>
    /// Ridge regression (Hoerl and Kennard 1970) on standardised features: closed form, by the Cholesky decomposition of the
    /// normal equations. The penalty is a thousandth of the number of rows, that of a feature's own variance: enough for
    /// features that depend on each other, too little to be seen elsewhere. Null where there is nothing to fit.
    /// </summary>
    /// <param name="rows">Features, one row an example.</param>
    /// <param name="target">One number a row.</param>
    /// <param name="count">How many of the rows are used, from the first.</param>
    public static LinearModel? Fit(IReadOnlyList<float[]> rows, IReadOnlyList<float> target, int count)
    {
        const double penalty = 1e-3;
        if (count < 2) return null;
        var features = rows[0].Length;
        var mean = new double[features];
        var spread = new double[features];
        var middle = 0.0;
        for (var row = 0; row < count; row++)
        {
            middle += target[row];
            for (var at = 0; at < features; at++) mean[at] += rows[row][at];
        }

        middle /= count;
        for (var at = 0; at < features; at++) mean[at] /= count;
        for (var row = 0; row < count; row++)
            for (var at = 0; at < features; at++) spread[at] += Math.Pow(rows[row][at] - mean[at], 2);
        for (var at = 0; at < features; at++) spread[at] = Math.Sqrt(spread[at] / count);
        var normal = new double[features, features];
        var right = new double[features];
        var scaled = new double[features];
        for (var row = 0; row < count; row++)
        {
            for (var at = 0; at < features; at++) scaled[at] = spread[at] > 0 ? (rows[row][at] - mean[at]) / spread[at] : 0;
            var value = target[row] - middle;
            for (var at = 0; at < features; at++)
            {
                right[at] += scaled[at] * value;
                for (var other = 0; other <= at; other++) normal[at, other] += scaled[at] * scaled[other];
            }
        }

        for (var at = 0; at < features; at++) normal[at, at] += penalty * count;
        if (!Solve(normal, right)) return null;
        var weights = new float[features];
        var bias = middle;
        for (var at = 0; at < features; at++)
        {
            if (spread[at] <= 0) continue;
            weights[at] = (float)(right[at] / spread[at]);
            bias -= weights[at] * mean[at];
        }

        return double.IsFinite(bias) && weights.All(float.IsFinite) ? new LinearModel(weights, bias) : null;
    }

    // Cholesky: matrix = L·Lᵀ in place, then forward and back.
    private static bool Solve(double[,] matrix, double[] right)
    {
        var size = right.Length;
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column <= row; column++)
            {
                var sum = matrix[row, column];
                for (var at = 0; at < column; at++) sum -= matrix[row, at] * matrix[column, at];
                if (row != column)
                {
                    matrix[row, column] = sum / matrix[column, column];
                    continue;
                }

                if (sum <= 0) return false;
                matrix[row, row] = Math.Sqrt(sum);
            }
        }

        for (var row = 0; row < size; row++)
        {
            for (var at = 0; at < row; at++) right[row] -= matrix[row, at] * right[at];
            right[row] /= matrix[row, row];
        }

        for (var row = size - 1; row >= 0; row--)
        {
            for (var at = row + 1; at < size; at++) right[row] -= matrix[at, row] * right[at];
            right[row] /= matrix[row, row];
        }

        return true;
    }

    internal void Write(ModelWriter writer)
    {
        writer.Write(_weights);
        writer.Write(_bias);
    }

    internal static LinearModel Read(ModelReader reader) =>
        new(reader.ReadSingles(ModelReader.MaximumFeatures), reader.ReadDouble());
}
