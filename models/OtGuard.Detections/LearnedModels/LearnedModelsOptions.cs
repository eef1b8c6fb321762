namespace OtGuard.Detections.LearnedModels;

/// <summary>Settings of what is told of the models' scores.</summary>
public sealed record LearnedModelsOptions
{
    /// <summary>
    /// Messages or devices that turn out of the ordinary together before it is held to be a state of the whole. Four: an
    /// attack on one sender shows in its messages and perhaps in those of the two that follow it. As many values of one device
    /// are told one by one at most.
    /// </summary>
    public int StateOwners { get; init; } = 4;

    /// <summary>
    /// How close together. Ten seconds: a vehicle that leaves the town and a feeder that is switched over change what
    /// hangs on them within that.
    /// </summary>
    public TimeSpan Together { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long after the latest of a device or message further values of it, out of the ordinary in the same way, are told with
    /// it. Ten minutes, as alerts are grouped: one cause shows in all that a device measures, and at every poll.
    /// </summary>
    public TimeSpan OneCause { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a baseline has to have been learned before what its models hold to be too rare is an alarm and not information. A
    /// quarter of an hour: the last third of it, five minutes, is then what rates are counted on.
    /// </summary>
    public TimeSpan LeastObserved { get; init; } = TimeSpan.FromMinutes(15);
}
