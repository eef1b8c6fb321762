namespace OtGuard.Models.Scoring;

/// <summary>
/// Principal components of normalised rows: a row is as odd as what of it they do not explain. Immutable, thread-safe.
/// </summary>
public sealed class PrincipalComponents
{
    private readonly float[] _mean;
    private readonly float[][] _components;

    /// <summary>Creates the model.</summary>
    /// <param name="mean">Subtracted from each row.</param>
    /// <param name="components">Orthonormal vectors of the rows' length.</param>
    /// <exception cref="BaselineFormatException">Lengths differ, or a number is none.</exception>
    public PrincipalComponents(float[] mean, float[][] components)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(components);
        if (components.Any(component => component.Length != mean.Length || !component.All(float.IsFinite)) || !mean.All(float.IsFinite))
            throw new BaselineFormatException("The principal components of a model do not fit together.");
        (_mean, _components) = (mean, components);
    }

    /// <summary>Columns of a row.</summary>
    public int Columns => _mean.Length;

    /// <summary>
    /// The length of what the components do not explain of a row, in standard deviations of the columns. A row with a number
    /// that is none has no length: the caller treats it as anomalous.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="residual">Receives what is not explained, column by column; as long as the row.</param>
    public double Distance(ReadOnlySpan<float> row, Span<float> residual)
    {
        for (var at = 0; at < _mean.Length; at++) residual[at] = row[at] - _mean[at];
        foreach (var component in _components)
        {
            var projection = 0f;
            for (var at = 0; at < component.Length; at++) projection += component[at] * (row[at] - _mean[at]);
            for (var at = 0; at < component.Length; at++) residual[at] -= projection * component[at];
        }

        var sum = 0.0;
        for (var at = 0; at < _mean.Length; at++) sum += (double)residual[at] * residual[at];
        return Math.Sqrt(sum);
    }

    internal void Write(ModelWriter writer)
    {
        writer.Write(_mean);
        writer.Write(_components.Length);
        foreach (var component in _components) writer.Write(component);
    }

    internal static PrincipalComponents Read(ModelReader reader)
    {
        var mean = reader.ReadSingles(ModelReader.MaximumFeatures);
        var components = new float[reader.ReadCount(ModelReader.MaximumFeatures)][];
        for (var at = 0; at < components.Length; at++) components[at] = reader.ReadSingles(ModelReader.MaximumFeatures);
        return new PrincipalComponents(mean, components);
    }
}
