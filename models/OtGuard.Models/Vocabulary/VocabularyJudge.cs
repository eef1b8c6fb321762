using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>Says what about an observation a baseline does not know. Nothing is allocated for what is known.</summary>
public sealed class VocabularyJudge
{
    private readonly Baseline _baseline;

    /// <summary>Creates a judge by <paramref name="baseline"/>.</summary>
    public VocabularyJudge(Baseline baseline, ProtocolRegistry protocols)
    {
        ArgumentNullException.ThrowIfNull(protocols);
        _baseline = baseline;
    }

    /// <summary>What is new about <paramref name="observation"/>, whose values lie in <paramref name="batch"/>.</summary>
    public Novelty Judge(in Observation observation, ObservationBatch batch) =>
        _baseline.ContentHash.Length > 0 && observation.Operation == Operation.ConversationStarted
            ? Novelty.Conversation
            : Novelty.None;
}
