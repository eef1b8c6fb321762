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
    /// Fits most of the rows: least trimmed squares over nine rows in ten, by the concentration steps of Rousseeuw and Van
    /// Driessen (Data Mining and Knowledge Discovery 12 (2006) 29) from the fit of all. Values that are read one after the
    /// other contradict each other for a moment whenever something is switched; squared, such moments would weigh more than
    /// all the rest. Null where there is nothing to fit.
    /// </summary>
    /// <param name="rows">Features, one row an example; longer rows are allowed.</param>
    /// <param name="target">One number a row.</param>
    /// <param name="count">How many of the rows are used, from the first.</param>
    /// <param name="features">How many of the features are used, from the first.</param>
    public static LinearModel? FitMost(
        IReadOnlyList<float[]> rows, IReadOnlyList<float> target, int count, int features)
    {
        const double kept = 0.9;
        // The sum of squares falls with each step; ten are more than it takes to come to rest where this was tried.
        const int steps = 10;
        var all = Enumerable.Range(0, count).ToArray();
        var model = Fit(rows, target, all, features);
        var most = Math.Max((int)(count * kept), Math.Min(count, 2 * (features + 1)));
        if (model is null || most == count) return model;
        var off = new double[count];
        var order = (int[])all.Clone();
        var last = double.PositiveInfinity;
        for (var step = 0; step < steps; step++)
        {
            for (var row = 0; row < count; row++)
                off[row] = Math.Abs(target[row] - model.Predict(rows[row].AsSpan(0, features)));
            all.CopyTo(order, 0);
            Array.Sort((double[])off.Clone(), order);
            var sum = 0.0;
            foreach (var row in order.AsSpan(0, most)) sum += off[row] * off[row];
            if (sum >= last * (1 - 1e-6)) break;
            last = sum;
            if (Fit(rows, target, order.AsSpan(0, most), features) is not { } next) break;
            model = next;
        }

        return model;
    }

    /// <summary>
    /// Ridge regression (Hoerl and Kennard 1970) on standardised features: closed form, by the Cholesky decomposition of the
    /// normal equations. The penalty is a thousandth of the number of rows, that of a feature's own variance: enough for
    /// features that depend on each other, too little to be seen elsewhere. Null where there is nothing to fit.
    /// </summary>
    /// <param name="rows">Features, one row an example; longer rows are allowed.</param>
    /// <param name="target">One number a row.</param>
    /// <param name="chosen">The rows that are used.</param>
    /// <param name="features">How many of the features are used, from the first.</param>
    public static LinearModel? Fit(
        IReadOnlyList<float[]> rows, IReadOnlyList<float> target, ReadOnlySpan<int> chosen, int features)
    {
        const double penalty = 1e-3;
        var count = chosen.Length;
        if (count < 2) return null;
        var mean = new double[features];
        var spread = new double[features];
        var middle = 0.0;
        foreach (var row in chosen)
        {
            middle += target[row];
            for (var at = 0; at < features; at++) mean[at] += rows[row][at];
        }

        middle /= count;
        for (var at = 0; at < features; at++) mean[at] /= count;
        foreach (var row in chosen)
            for (var at = 0; at < features; at++) spread[at] += (rows[row][at] - mean[at]) * (rows[row][at] - mean[at]);
        for (var at = 0; at < features; at++) spread[at] = Math.Sqrt(spread[at] / count);
        var normal = new double[features, features];
        var right = new double[features];
        var scaled = new double[features];
        foreach (var row in chosen)
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
