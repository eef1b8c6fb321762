using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Models.Fields;

namespace OtGuard.Host.Tests;

/// <summary>
/// Inferred fields held against the signals of a DBC file that belongs to the bus.
/// </summary>
/// <remarks>
/// Scored are the signals of which at least one bit changed in the trace, in messages whose length in the trace is that
/// of the file; multiplexed signals are left out. What cannot be seen is not asked for: a signal and a field are cut
/// down to the bits between the lowest and the highest of them that changed ("visible extent"). A boundary is the
/// lowest or the highest bit of a visible extent. Boundaries that were inferred on bits of which the file says nothing,
/// or that belong to multiplexed signals, are not counted: whether they are right is not known.
/// </remarks>
internal sealed class FieldScore
{
    private int _truth;
    private int _inferred;
    private int _hits;
    private int _signals;
    private int _exact;
    private int _exactWhole;

    public int Messages { get; private set; }

    public int Signals => _signals;

    public double Precision => _inferred == 0 ? 0 : (double)_hits / _inferred;

    public double Recall => _truth == 0 ? 0 : (double)_hits / _truth;

    public double F1 => _hits == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    /// <summary>
    /// Share of the signals whose visible extent is that of a field, in the same byte order where it matters.
    /// </summary>
    public double Exact => _signals == 0 ? 0 : (double)_exact / _signals;

    /// <summary>
    /// Share of the signals that a field matches in all of their bits, those that never changed included.
    /// </summary>
    public double ExactWhole => _signals == 0 ? 0 : (double)_exactWhole / _signals;

    /// <summary>Learns the fields of a capture and keeps which bits changed.</summary>
    public static (IReadOnlyList<CanFieldMap> Maps, Dictionary<uint, bool[]> Changed) Learn(string capture, CanColumns? columns = null)
    {
        var consumer = new Consumer();
        var protocols = new ProtocolRegistry(new CanProtocol(), new UdsProtocol(), new J1939Protocol());
        var traffic = new CanTraffic(protocols, new CanOptions(), new ObservationBatch(consumer), new ConversationRegister());
        using var source = CaptureFiles.Open([capture], new CaptureFileOptions { Columns = columns });
        while (source.TryRead(out var frame)) traffic.Process(in frame);
        traffic.Finish();
        return (consumer.Learner.Build(), consumer.Changed);
    }

    public static FieldScore Of(
        IReadOnlyList<CanFieldMap> maps, Dictionary<uint, bool[]> changed, DbcFile file, bool bytesOnly)
    {
        var score = new FieldScore();
        foreach (var map in maps)
        {
            if (file.Messages.FirstOrDefault(m => m.Identifier == map.Identifier) is not { } message) continue;
            if (message.Length != map.PayloadBytes) continue;
            score.Add(map, message, changed[map.Identifier], bytesOnly);
        }

        return score;
    }

    private void Add(CanFieldMap map, DbcMessage message, bool[] changed, bool bytesOnly)
    {
        var known = new bool[changed.Length];
        var truth = new List<(int[] Whole, int[] Visible, bool BigEndian)>();
        foreach (var signal in message.Signals.Where(signal => signal.Multiplexing is null && signal.RequiredBytes <= map.PayloadBytes))
        {
            int[] bits = [.. Bits(signal.StartBit, signal.Length, signal.IsBigEndian)];
            var visible = Visible(bits, changed);
            if (visible.Length == 0) continue;
            foreach (var bit in bits) known[bit] = true;
            truth.Add((bits, visible, signal.IsBigEndian));
        }

        foreach (var signal in message.Signals.Where(signal => signal.Multiplexing is not null && signal.RequiredBytes <= map.PayloadBytes))
            foreach (var bit in Bits(signal.StartBit, signal.Length, signal.IsBigEndian)) known[bit] = false;
        truth.RemoveAll(signal => signal.Visible.Any(bit => !known[bit]));
        if (truth.Count == 0) return;
        Messages++;
        var guesses = bytesOnly
            ? Enumerable.Range(0, map.PayloadBytes).Select(place => (Whole: Bits(place * 8, 8, false).ToArray(), BigEndian: false))
            : map.Fields.Where(field => field.Kind != CanFieldKind.Constant)
                .Select(field => (Whole: Enumerable.Range(0, field.Length).Select(field.Bit).ToArray(), BigEndian: field.IsBigEndian));
        var inferred = guesses.Select(guess => (guess.Whole, Visible: Visible(guess.Whole, changed), guess.BigEndian))
            .Where(guess => guess.Visible.Length > 0)
            .ToList();
        var lows = truth.Select(signal => signal.Visible[0]).ToHashSet();
        var highs = truth.Select(signal => signal.Visible[^1]).ToHashSet();
        var guessedLows = inferred.Select(field => field.Visible[0]).Where(bit => known[bit]).ToHashSet();
        var guessedHighs = inferred.Select(field => field.Visible[^1]).Where(bit => known[bit]).ToHashSet();
        _truth += lows.Count + highs.Count;
        _inferred += guessedLows.Count + guessedHighs.Count;
        _hits += lows.Intersect(guessedLows).Count() + highs.Intersect(guessedHighs).Count();
        _signals += truth.Count;
        _exact += truth.Count(signal => inferred.Any(field => field.Visible.SequenceEqual(signal.Visible)));
        _exactWhole += truth.Count(signal => inferred.Any(field => field.Whole.SequenceEqual(signal.Whole)));
    }

    /// <summary>The bits of a signal by DBC number, the least significant first.</summary>
    private static IEnumerable<int> Bits(int start, int length, bool bigEndian)
    {
        if (!bigEndian) return Enumerable.Range(start, length);
        var bits = new List<int>();
        for (var bit = start; bits.Count < length; bit = bit % 8 == 0 ? bit + 15 : bit - 1) bits.Add(bit);
        bits.Reverse();
        return bits;
    }

    private static int[] Visible(int[] bits, bool[] changed)
    {
        var first = Array.FindIndex(bits, bit => changed[bit]);
        return first < 0 ? [] : bits[first..(Array.FindLastIndex(bits, bit => changed[bit]) + 1)];
    }

    private sealed class Consumer : IObservationConsumer
    {
        private readonly Dictionary<uint, byte[]> _firsts = [];

        public FieldLearner Learner { get; } = new();

        public Dictionary<uint, bool[]> Changed { get; } = [];

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                Learner.Observe(in observation, batch);
                if (observation.Target.Space != TargetSpace.CanIdentifier) continue;
                var payload = batch.Bytes(observation.RequestData);
                var identifier = observation.Target.Start;
                if (!_firsts.TryGetValue(identifier, out var first))
                {
                    _firsts[identifier] = payload.ToArray();
                    Changed[identifier] = new bool[512];
                    continue;
                }

                for (var bit = 0; bit < Math.Min(first.Length, payload.Length) * 8; bit++)
                    if (((payload[bit >> 3] ^ first[bit >> 3]) >> (bit & 7) & 1) != 0) Changed[identifier][bit] = true;
            }
        }
    }
}
