namespace OtGuard.Models.Scoring;

/// <summary>
/// Boosted regression trees as plain arrays, judged without any library. A prediction is the bias and one leaf of each tree.
/// Immutable, thread-safe, allocates nothing.
/// </summary>
public sealed class RegressionTrees
{
    /// <summary>Trees at most: a file that names more is none that was trained here.</summary>
    public const int MaximumTrees = 1024;

    /// <summary>Inner nodes of one tree at most.</summary>
    public const int MaximumNodes = 1024;

    private readonly double _bias;
    private readonly int[] _roots;
    private readonly Node[] _nodes;
    private readonly float[] _leaves;

    /// <summary>
    /// An inner node: <c>features[Feature] ≤ Threshold</c> goes to <see cref="Low"/>, else to <see cref="High"/>; a negative
    /// target is the leaf of its complement.
    /// </summary>
    /// <param name="Feature">Index of the feature.</param>
    /// <param name="Threshold">The threshold.</param>
    /// <param name="Low">Index of the node, or complement of that of the leaf.</param>
    /// <param name="High">Likewise.</param>
    public readonly record struct Node(int Feature, float Threshold, int Low, int High);

    /// <summary>Creates the model.</summary>
    /// <param name="features">Number of features.</param>
    /// <param name="bias">Added to every prediction.</param>
    /// <param name="roots">The root of each tree: an index into <paramref name="nodes"/>, or the complement of a leaf's.</param>
    /// <param name="nodes">Inner nodes; children lie behind their parents, so that every walk ends.</param>
    /// <param name="leaves">Values of the leaves.</param>
    /// <exception cref="BaselineFormatException">An index is out of range, a number is none.</exception>
    public RegressionTrees(int features, double bias, int[] roots, Node[] nodes, float[] leaves)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(leaves);
        void Require(bool holds)
        {
            if (!holds) throw new BaselineFormatException("A tree of a model has a node that leads nowhere.");
        }

        bool Exists(int target, int from) => target >= 0 ? target > from && target < nodes.Length : ~target < leaves.Length;
        Require(double.IsFinite(bias));
        foreach (var root in roots) Require(Exists(root, -1));
        for (var at = 0; at < nodes.Length; at++)
        {
            var node = nodes[at];
            Require(node.Feature >= 0 && node.Feature < features && float.IsFinite(node.Threshold));
            Require(Exists(node.Low, at) && Exists(node.High, at));
        }

        foreach (var leaf in leaves) Require(float.IsFinite(leaf));
        (Features, _bias, _roots, _nodes, _leaves) = (features, bias, roots, nodes, leaves);
    }

    /// <summary>Number of features.</summary>
    public int Features { get; }

    /// <summary>Number of trees.</summary>
    public int Count => _roots.Length;

    /// <summary>The prediction for a row of <see cref="Features"/> numbers.</summary>
    public double Predict(ReadOnlySpan<float> features)
    {
        var sum = _bias;
        foreach (var root in _roots)
        {
            var at = root;
            while (at >= 0)
            {
                ref readonly var node = ref _nodes[at];
                at = features[node.Feature] <= node.Threshold ? node.Low : node.High;
            }

            sum += _leaves[~at];
        }

        return sum;
    }

    internal void Write(ModelWriter writer)
    {
        writer.Write(Features);
        writer.Write(_bias);
        writer.Write(_roots);
        writer.Write(_nodes.Length);
        foreach (var node in _nodes)
        {
            writer.Write(node.Feature);
            writer.Write(node.Threshold);
            writer.Write(node.Low);
            writer.Write(node.High);
        }

        writer.Write(_leaves);
    }

    internal static RegressionTrees Read(ModelReader reader)
    {
        var features = reader.ReadCount(ModelReader.MaximumFeatures);
        var bias = reader.ReadDouble();
        var roots = reader.ReadIntegers(MaximumTrees);
        var nodes = new Node[reader.ReadCount(MaximumTrees * MaximumNodes)];
        for (var at = 0; at < nodes.Length; at++)
            nodes[at] = new Node(reader.ReadInteger(), reader.ReadSingle(), reader.ReadInteger(), reader.ReadInteger());
        return new RegressionTrees(features, bias, roots, nodes, reader.ReadSingles(MaximumTrees * (MaximumNodes + 1)));
    }
}
