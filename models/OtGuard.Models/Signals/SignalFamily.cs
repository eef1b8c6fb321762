using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Signals;

/// <summary>
/// The values of signals, alike for registers, coils, nodes and fields of messages: their bands, steps and states, how long
/// they stand still, how often they change, whether they repeat an earlier stretch, and whether they fit to the others.
/// </summary>
public sealed class SignalFamily : IModelFamily
{
    /// <inheritdoc/>
    public string Name => "signals";

    /// <inheritdoc/>
    public FamilyModel? Train(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new SignalTraining(context).Train();
    }

    /// <inheritdoc/>
    public FamilyModel Read(ModelReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var signals = new SignalModel[reader.ReadCount(SignalReadings.MaximumSignals)];
        for (var at = 0; at < signals.Length; at++) signals[at] = SignalModel.Read(reader, signals.Length);
        if (signals.DistinctBy(signal => signal.Definition.Key).Count() != signals.Length)
            throw new BaselineFormatException("A model of the baseline names a signal twice.");
        var writers = new WriterModel[reader.ReadCount(SignalReadings.MaximumSignals)];
        for (var at = 0; at < writers.Length; at++) writers[at] = new WriterModel(WriterKey.Read(reader), reader.ReadDouble());
        return writers.DistinctBy(writer => writer.Key).Count() == writers.Length && writers.All(writer => writer.Busiest > 0)
            ? new SignalFamilyModel(signals, writers)
            : throw new BaselineFormatException("A model of the baseline names a writer twice.");
    }

    /// <summary>Who writes: of redundant partners the one with the lowest address stands for all.</summary>
    internal static NetworkAddress WriterOf(in Observation observation, Baseline vocabulary)
    {
        var client = observation.Connection.Conversation.Client;
        var peers = vocabulary.PeersOf(client);
        // By index: a list behind its interface is enumerated on the heap.
        var lowest = client;
        for (var at = 0; at < peers.Count; at++)
            if (peers[at].CompareTo(lowest) < 0) lowest = peers[at];
        return lowest;
    }
}

/// <summary>What the family learned.</summary>
internal sealed class SignalFamilyModel(IReadOnlyList<SignalModel> signals, IReadOnlyList<WriterModel> writers) : FamilyModel
{
    public override string Family => "signals";

    public override IReadOnlyList<string> Scales => SignalScales.Names;

    public IReadOnlyList<SignalModel> Signals => signals;

    public IReadOnlyList<WriterModel> Writers => writers;

    public override IEnumerable<string> Lines() =>
    [
        .. signals.Select(signal => signal.Line(signals)),
        .. writers.Select(writer => writer.Line()),
    ];

    public override void Write(ModelWriter writer)
    {
        writer.Write(signals.Count);
        foreach (var signal in signals) signal.Write(writer);
        writer.Write(writers.Count);
        foreach (var client in writers)
        {
            client.Key.Write(writer);
            writer.Write(client.Busiest);
        }
    }

    /// <remarks>What was trained now stands; signals that were not seen again are kept, with their relations among each other.</remarks>
    public override FamilyModel Merge(FamilyModel earlier)
    {
        var before = (SignalFamilyModel)earlier;
        var places = new Dictionary<SignalKey, int>();
        for (var at = 0; at < signals.Count; at++) places.Add(signals[at].Definition.Key, at);
        var kept = before.Signals.Where(signal => !places.ContainsKey(signal.Definition.Key)).ToList();
        var lost = before.Writers.Where(writer => !writers.Any(known => known.Key == writer.Key)).ToList();
        if (kept.Count == 0 && lost.Count == 0) return this;
        foreach (var signal in kept) places.Add(signal.Definition.Key, places.Count);
        int[] Moved(int[] related) => [.. related.Select(at => places[before.Signals[at].Definition.Key])];
        var all = signals.Concat(kept.Select(signal => signal with
        {
            Related = Moved(signal.Related),
            Voters = Moved(signal.Voters),
        })).ToList();
        var owners = new OwnerNumbers();
        return new SignalFamilyModel(
            [.. all.Select(signal => signal with { Owner = owners.Of(signal.Definition.Key) })], [.. writers, .. lost]);
    }

    public override IReadOnlyList<NetworkAddress> Assets => [.. signals.Select(signal => AssetOf(signal)).Distinct()];

    public override LearningStage StageOf(NetworkAddress asset)
    {
        var stages = signals.Where(signal => AssetOf(signal) == asset).Select(signal => signal.Stage).ToList();
        return stages.Count == 0 ? LearningStage.Learning : stages.Min();
    }

    private static NetworkAddress AssetOf(SignalModel signal) => signal.Definition.Key.Space == TargetSpace.CanIdentifier
        ? MessageKeys.BusOf(signal.Definition.Key.Owner)
        : signal.Definition.Key.Owner;

    public override FamilyWatch CreateWatch(WatchContext context) => new SignalWatch(signals, writers, context);
}

/// <summary>Numbers the messages and devices that signals belong to, in the order they come.</summary>
internal sealed class OwnerNumbers
{
    private readonly Dictionary<(NetworkAddress, short, uint), int> _numbers = [];

    /// <summary>The number of a signal's owner. Nodes of a server are what several devices behind it say.</summary>
    public int Of(SignalKey key)
    {
        var owner = (key.Owner, key.Unit, key.Space == TargetSpace.Nodes ? key.Address : 0);
        if (!_numbers.TryGetValue(owner, out var number)) _numbers.Add(owner, number = _numbers.Count);
        return number;
    }
}

/// <summary>Numbers the messages and devices on the network, in the order they come: a server is one, with all of its nodes.</summary>
internal sealed class DeviceNumbers
{
    private readonly Dictionary<(NetworkAddress, short), int> _numbers = [];

    /// <summary>How many there are.</summary>
    public int Count => _numbers.Count;

    /// <summary>The number of the one that a signal comes from.</summary>
    public int Of(SignalKey key)
    {
        if (!_numbers.TryGetValue((key.Owner, key.Unit), out var number)) _numbers.Add((key.Owner, key.Unit), number = _numbers.Count);
        return number;
    }
}
