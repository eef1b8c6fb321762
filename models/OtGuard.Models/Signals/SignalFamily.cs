using System.Globalization;
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
        var writers = new WriterModel[reader.ReadCount(SignalReadings.MaximumSignals)];
        for (var at = 0; at < writers.Length; at++) writers[at] = new WriterModel(reader.ReadAddress(), reader.ReadDouble());
        return writers.DistinctBy(writer => writer.Client).Count() == writers.Length && writers.All(writer => writer.Busiest > 0)
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

    public override IEnumerable<string> Lines() =>
    [
        .. signals.Select(signal => signal.Line(signals)),
        .. writers.Select(writer => string.Create(
            CultureInfo.InvariantCulture, $"{writer.Client}: writes come in bursts of up to {writer.Busiest:G3} within ten seconds")),
    ];

    public override void Write(ModelWriter writer)
    {
        writer.Write(signals.Count);
        foreach (var signal in signals) signal.Write(writer);
        writer.Write(writers.Count);
        foreach (var client in writers)
        {
            writer.Write(client.Client);
            writer.Write(client.Busiest);
        }
    }

    public override FamilyWatch CreateWatch(WatchContext context) => new SignalWatch(signals, writers, context);
}
