namespace OtGuard.Models.Scoring;

/// <summary>How far learning of what a model knows is: by how long it was seen, and whether it stayed the same.</summary>
public static class ModelStages
{
    /// <summary>
    /// How many times the least of three measures the greatest may be before a thing is held to have changed while it was
    /// learned. Two: a quantile from the tens of values that a third of an hour's polling gives is good to less than that.
    /// </summary>
    public const double StableWithin = 2;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>
    /// The stage: dynamic after an hour, operational after <see cref="LearningOptions.CompleteHorizon"/>, the same times as
    /// for facts; learning before, and as long as the thing changes.
    /// </summary>
    /// <param name="exposure">Capture time on which the thing was seen.</param>
    /// <param name="thirds">
    /// One measure of it in each third of that time (a median gap, a residual's spread), not negative; fewer than three
    /// where a third showed nothing.
    /// </param>
    /// <param name="options">The settings.</param>
    public static LearningStage Of(TimeSpan exposure, ReadOnlySpan<double> thirds, LearningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (exposure < Hour || thirds.Length < AssetLearning.Parts) return LearningStage.Learning;
        var (least, greatest) = (double.MaxValue, 0.0);
        foreach (var measure in thirds)
        {
            if (!double.IsFinite(measure)) return LearningStage.Learning;
            least = Math.Min(least, measure);
            greatest = Math.Max(greatest, measure);
        }

        if (greatest > least * StableWithin) return LearningStage.Learning;
        return exposure < options.CompleteHorizon ? LearningStage.Dynamic : LearningStage.Operational;
    }
}
