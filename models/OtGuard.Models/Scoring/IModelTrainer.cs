namespace OtGuard.Models.Scoring;

/// <summary>
/// Trains the models that a library trains. Judging needs no library: what comes back are plain numbers.
/// </summary>
public interface IModelTrainer
{
    /// <summary>
    /// Gradient-boosted regression trees that predict <paramref name="target"/> from <paramref name="features"/>.
    /// </summary>
    /// <param name="features">One row an example, all of one length, finite.</param>
    /// <param name="target">One number an example, finite.</param>
    /// <param name="seed">The same seed and rows give the same trees.</param>
    RegressionTrees TrainTrees(IReadOnlyList<float[]> features, IReadOnlyList<float> target, int seed);

    /// <summary>
    /// The principal components of rows, or null where they cannot be had (too few columns vary, or rows of the training
    /// set would be scored as no number).
    /// </summary>
    /// <param name="rows">All of one length, finite, each column of mean 0 and variance 1 at most; no column constant.</param>
    /// <param name="rank">How many components; fewer than columns.</param>
    /// <param name="seed">The same seed and rows give the same components.</param>
    PrincipalComponents? TrainComponents(IReadOnlyList<float[]> rows, int rank, int seed);
}
