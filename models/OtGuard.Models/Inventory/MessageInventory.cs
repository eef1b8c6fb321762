using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>The messages broadcast on buses: which, in which forms, how often and in what rhythm.</summary>
/// <remarks>Not thread-safe. Bounded as learning is.</remarks>
public sealed class MessageInventory : IObservationConsumer
{
    private readonly MessageLearner _learner;

    /// <summary>Creates an empty inventory.</summary>
    public MessageInventory(ProtocolRegistry protocols) => _learner = new MessageLearner(protocols, new LearningOptions());

    /// <summary>The buses, by their address.</summary>
    public IReadOnlyList<BusFact> Buses => _learner.BusFacts();

    /// <summary>The messages, by bus and identifier.</summary>
    public IReadOnlyList<MessageFact> Messages => _learner.MessageFacts();

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items)
            if (MessageKeys.IsFrame(in observation)) _learner.Learn(in observation, minute: 0);
    }
}
