using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using OtGuard.Models.MlNet;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Tests.Scoring;

/// <summary>Models that ML.NET trained, judged without it, against ML.NET's own engine.</summary>
[TestClass]
public sealed class MlNetTrainerTests
{
    private const int Columns = 5;

    [TestMethod]
    public void Trees_predict_as_the_engine_of_MlNet_does()
    {
        var (rows, target) = Examples(2000, 1);
        var ml = new MLContext(3);
        // The trainer's own settings: other trees would not be these.
        var peer = ml.Regression.Trainers.FastTree(new FastTreeRegressionTrainer.Options
        {
            NumberOfTrees = 60,
            NumberOfLeaves = 16,
            MinimumExampleCountPerLeaf = 10,
            LearningRate = 0.15,
            NumberOfThreads = 1,
            Seed = 3,
            DiskTranspose = false,
        }).Fit(Load(ml, rows, target));

        var trees = new MlNetTrainer().TrainTrees(rows, target, 3);

        var (unseen, labels) = Examples(3000, 2);
        var expected = Scores(peer.Transform(Load(ml, unseen, labels)));
        Assert.IsGreaterThan(1f, expected.Max() - expected.Min());
        for (var at = 0; at < unseen.Count; at++) Assert.AreEqual(expected[at], trees.Predict(unseen[at]), 1e-3 * (1 + Math.Abs(expected[at])));
    }

    [TestMethod]
    public void Components_leave_as_much_unexplained_as_the_engine_of_MlNet_says()
    {
        var rows = Related(1500, 4);
        var ml = new MLContext(3);
        var peer = ml.AnomalyDetection.Trainers.RandomizedPca("Features", rank: 2, oversampling: 2, seed: 3).Fit(Load(ml, rows, null));

        var components = new MlNetTrainer().TrainComponents(rows, 2, 3)!;

        var mean = Enumerable.Range(0, Columns).Select(column => rows.Average(row => (double)row[column])).ToArray();
        var unseen = Related(500, 5);
        var expected = Scores(peer.Transform(Load(ml, unseen, null)));
        var residual = new float[Columns];
        for (var at = 0; at < unseen.Count; at++)
        {
            // ML.NET tells the share of the centred row's length.
            var length = Math.Sqrt(unseen[at].Select((value, column) => Math.Pow(value - mean[column], 2)).Sum());
            Assert.AreEqual(expected[at], components.Distance(unseen[at], residual) / length, 5e-3);
        }
    }

    [TestMethod]
    public void Same_rows_and_seed_give_the_same_bytes()
    {
        var (rows, target) = Examples(500, 6);

        CollectionAssert.AreEqual(
            Bytes(new MlNetTrainer().TrainTrees(rows, target, 1).Write), Bytes(new MlNetTrainer().TrainTrees(rows, target, 1).Write));
        CollectionAssert.AreEqual(
            Bytes(new MlNetTrainer().TrainComponents(rows, 2, 1)!.Write), Bytes(new MlNetTrainer().TrainComponents(rows, 2, 1)!.Write));
    }

    [TestMethod]
    public void Rank_that_leaves_nothing_unexplained_is_refused()
    {
        var rows = Related(100, 7);

        Assert.IsNull(new MlNetTrainer().TrainComponents(rows, Columns, 1));
        Assert.IsNull(new MlNetTrainer().TrainComponents(rows, 0, 1));
    }

    private static byte[] Bytes(Action<ModelWriter> write)
    {
        using var writer = new ModelWriter();
        write(writer);
        return writer.ToArray();
    }

    private static (List<float[]> Rows, List<float> Target) Examples(int count, int seed)
    {
        var random = new Random(seed);
        List<float[]> rows = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Columns).Select(_ => random.NextSingle() * 2 - 1).ToArray())];
        return (rows, [.. rows.Select(row => 3 * row[0] * row[1] + MathF.Sin(4 * row[2]) + 0.1f * row[3])]);
    }

    // Two causes behind five columns, and some noise.
    private static List<float[]> Related(int count, int seed)
    {
        var random = new Random(seed);
        float Noise() => random.NextSingle() - 0.5f;
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                var (one, two) = (4 * Noise(), 3 * Noise());
                return (float[])[one + Noise(), two + Noise(), one + two + Noise(), one - two + Noise(), Noise()];
            }),
        ];
    }

    private static IDataView Load(MLContext ml, IReadOnlyList<float[]> rows, List<float>? target)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Columns);
        return ml.Data.LoadFromEnumerable(rows.Select((row, at) => new Row { Features = row, Label = target?[at] ?? 0 }), schema);
    }

    private static List<float> Scores(IDataView scored) => [.. scored.GetColumn<float>("Score")];

    private sealed class Row
    {
        public float[] Features { get; init; } = [];

        public float Label { get; init; }
    }
}
