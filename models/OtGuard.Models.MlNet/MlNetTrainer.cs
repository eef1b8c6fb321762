using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.MlNet;

/// <summary>
/// Trains with ML.NET: boosted trees by FastTree, principal components by RandomizedPca. What comes back are the trained
/// numbers alone, so that judging needs neither the library nor its files.
/// </summary>
/// <remarks>
/// One thread and a fixed seed, so that the same rows give the same model. Thread-safe: each call has a context of its own.
/// FastTree, and not LightGBM: it needs no native library, and so runs wherever .NET does.
/// </remarks>
public sealed class MlNetTrainer : IModelTrainer
{
    /// <summary>
    /// Trees of a model. Sixty small steps: more lowered the error on later data by less than a hundredth where it was tried.
    /// </summary>
    private const int Trees = 60;

    /// <summary>Leaves of a tree: a depth of about four, so that four features may interact.</summary>
    private const int Leaves = 16;

    /// <summary>Rows in a leaf at least: a mean over ten is good to a third of their spread.</summary>
    private const int LeafRows = 10;

    private const double LearningRate = 0.15;

    /// <summary>
    /// Threads of the pool that have to be there without waiting. Where FastTree turns rows into columns it blocks threads of
    /// the pool, which adds what is missing only slowly: with the usual number (one a processor) training mostly waits. With two
    /// models at once 16 were too few and 32 enough; more changed nothing.
    /// </summary>
    private const int PoolThreads = 48;

    static MlNetTrainer()
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, PoolThreads), completions);
    }

    /// <inheritdoc/>
    public RegressionTrees TrainTrees(IReadOnlyList<float[]> features, IReadOnlyList<float> target, int seed)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(target);
        var ml = new MLContext(seed);
        var columns = features[0].Length;
        var schema = SchemaOf<Example>(nameof(Example.Features), columns);
        var data = ml.Data.LoadFromEnumerable(
            features.Select((row, at) => new Example { Features = row, Label = target[at] }), schema);
        var trained = ml.Regression.Trainers.FastTree(new FastTreeRegressionTrainer.Options
        {
            NumberOfTrees = Trees,
            NumberOfLeaves = Leaves,
            MinimumExampleCountPerLeaf = LeafRows,
            LearningRate = LearningRate,
            NumberOfThreads = 1,
            Seed = seed,
            DiskTranspose = false,
        }).Fit(data);
        return Flatten(trained.Model.TrainedTreeEnsemble, columns);
    }

    /// <inheritdoc/>
    public PrincipalComponents? TrainComponents(IReadOnlyList<float[]> rows, int rank, int seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var columns = rows[0].Length;
        if (rank < 1 || rank >= columns) return null;
        var ml = new MLContext(seed);
        var data = ml.Data.LoadFromEnumerable(
            rows.Select(row => new Example { Features = row }), SchemaOf<Example>(nameof(Example.Features), columns));
        VBuffer<float>[] vectors = [];
        VBuffer<float> mean = default;
        try
        {
            // Oversampling beyond the number of columns makes vectors that are no numbers.
            var model = ml.AnomalyDetection.Trainers.RandomizedPca(
                nameof(Example.Features), rank: rank, oversampling: Math.Min(columns - rank - 1, rank), seed: seed).Fit(data).Model;
            model.GetEigenVectors(ref vectors, out _);
            model.GetMean(ref mean);
        }
        catch (InvalidOperationException)
        {
            // The trainer finds no vectors where columns depend on each other entirely.
            return null;
        }

        var components = vectors.Select(vector => vector.DenseValues().ToArray()).ToArray();
        var middle = mean.Length == columns ? mean.DenseValues().ToArray() : new float[columns];
        return components.All(component => component.All(float.IsFinite)) ? new PrincipalComponents(middle, components) : null;
    }

    private static SchemaDefinition SchemaOf<T>(string features, int columns)
    {
        var schema = SchemaDefinition.Create(typeof(T));
        schema[features].ColumnType = new VectorDataViewType(NumberDataViewType.Single, columns);
        return schema;
    }

    private static RegressionTrees Flatten(RegressionTreeEnsemble ensemble, int features)
    {
        List<int> roots = [];
        List<RegressionTrees.Node> nodes = [];
        List<float> leaves = [];
        for (var at = 0; at < ensemble.Trees.Count; at++)
        {
            var tree = ensemble.Trees[at];
            var weight = ensemble.TreeWeights[at];
            var firstLeaf = leaves.Count;
            leaves.AddRange(tree.LeafValues.Select(value => (float)(value * weight)));
            roots.Add(tree.NumberOfNodes == 0 ? ~firstLeaf : Add(0, tree, firstLeaf));
        }

        return new RegressionTrees(features, ensemble.Bias, [.. roots], [.. nodes], [.. leaves]);

        // Parents before their children, whatever the order they were split in.
        int Add(int node, RegressionTreeBase tree, int firstLeaf)
        {
            var index = nodes.Count;
            nodes.Add(default);
            int Target(int child) => child < 0 ? ~(firstLeaf + ~child) : Add(child, tree, firstLeaf);
            var low = Target(tree.LeftChild[node]);
            var high = Target(tree.RightChild[node]);
            nodes[index] = new RegressionTrees.Node(
                tree.NumericalSplitFeatureIndexes[node], tree.NumericalSplitThresholds[node], low, high);
            return index;
        }
    }

    private sealed class Example
    {
        public float[] Features { get; init; } = [];

        public float Label { get; init; }
    }
}
