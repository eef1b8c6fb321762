using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Training;

/// <summary>
/// Learns a whole baseline from the observations of clean traffic: the vocabulary as they come, the models at the end.
/// </summary>
/// <remarks>Not thread-safe. Memory is bounded by <see cref="LearningOptions"/>.</remarks>
public sealed class BaselineLearner : IObservationConsumer
{
    private readonly ProtocolRegistry _protocols;
    private readonly FrameSelection _selection;
    private readonly LearningOptions _options;
    private readonly VocabularyLearner _vocabulary;
    private readonly Baseline? _earlier;

    /// <summary>Creates a learner that learns the selected frames.</summary>
    /// <param name="protocols">The protocols of the run.</param>
    /// <param name="selection">The frames to learn from.</param>
    /// <param name="options">The settings.</param>
    /// <param name="earlier">
    /// What was learned before, to be extended: its facts are united with those of the new traffic, its models kept where
    /// the new traffic has none of the kind (<see cref="ModelSet.Extend"/>). Null to begin anew.
    /// </param>
    public BaselineLearner(
        ProtocolRegistry protocols, FrameSelection selection, LearningOptions options, Baseline? earlier = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_protocols, _selection, _options, _earlier) = (protocols, selection, options, earlier);
        _vocabulary = new VocabularyLearner(protocols, selection, options, earlier);
        Trace = new TrainingTrace((long)options.Models.TrainingMemory << 20);
    }

    /// <summary>What the models will be trained on.</summary>
    public TrainingTrace Trace { get; }

    /// <summary>Facts known so far: how it grows tells how far learning is.</summary>
    public int Known => _vocabulary.Known;

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _vocabulary.Consume(batch);
        foreach (ref readonly var observation in batch.Items)
        {
            if (_selection.Contains(Math.Max(observation.RequestFrame, observation.ResponseFrame)))
                Trace.Add(in observation, batch);
        }
    }

    /// <summary>The baseline of what was learned. Call once, at the end.</summary>
    /// <param name="trainer">Trains the models; null for a baseline without any.</param>
    /// <param name="progress">Told what is being trained and how far it is, 0 to 1.</param>
    /// <param name="cancellation">Ends training early.</param>
    /// <exception cref="OperationCanceledException">It was called off.</exception>
    public Baseline Complete(IModelTrainer? trainer, Action<string, double>? progress, CancellationToken cancellation)
    {
        var vocabulary = _vocabulary.Complete();
        var models = trainer is null || Trace.Count == 0
            ? ModelSet.Empty
            : ModelTraining.Train(new TrainingContext(
                Trace, vocabulary, _protocols, trainer, _options.Models, progress ?? ((_, _) => { }), cancellation));
        if (_earlier is not null) models = models.Extend(_earlier.Models);
        return models.Models.Count == 0 ? vocabulary : vocabulary.With(models);
    }
}
