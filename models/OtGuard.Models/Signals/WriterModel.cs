using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Signals;

/// <summary>
/// Writes of one kind by one client: those that switch on or off are counted apart from settings, and apart from each other,
/// as many of the same at once is what an emergency or an attack looks like.
/// </summary>
/// <param name="Client">The client; of redundant partners the one with the lowest address.</param>
/// <param name="Space">What is written.</param>
/// <param name="Switch">1 or 0 where a single bit is written, else -1.</param>
internal readonly record struct WriterKey(NetworkAddress Client, TargetSpace Space, sbyte Switch)
{
    public static WriterKey Of(in Observation observation, ObservationBatch batch, Baseline vocabulary)
    {
        var target = observation.Operation == Operation.ReadWrite ? observation.WriteTarget : observation.Target;
        var values = observation.RequestValues;
        var bit = values is { Encoding: ValueEncoding.Bits, Count: 1 } ? (sbyte)(batch.Bytes(values)[0] & 1) : (sbyte)-1;
        return new WriterKey(SignalFamily.WriterOf(in observation, vocabulary), target.Space, bit);
    }

    /// <summary>In words, without the client.</summary>
    public string Title => Switch switch
    {
        0 => "the number of commands to switch off",
        1 => "the number of commands to switch on",
        _ => "the number of writes",
    };

    public void Write(ModelWriter writer)
    {
        writer.Write(Client);
        writer.Write((byte)Space);
        writer.Write((byte)(Switch + 1));
    }

    public static WriterKey Read(ModelReader reader) =>
        new(reader.ReadAddress(), reader.ReadEnum<TargetSpace>(), (sbyte)(reader.ReadByte() - 1));
}

/// <summary>What was learned of a client that writes.</summary>
/// <param name="Key">The client and what it writes.</param>
/// <param name="Busiest">The highest level its writes reached.</param>
internal sealed record WriterModel(WriterKey Key, double Busiest)
{
    public string Line() => string.Create(
        CultureInfo.InvariantCulture, $"{Key.Client}: {Key.Title} to {Key.Space} is up to {Busiest:G3} within ten seconds");
}
