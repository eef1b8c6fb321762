using OtGuard.Collectors;

namespace OtGuard.Models.Fields;

/// <summary>
/// Learns the fields of CAN frames from traffic alone: where they begin and end, and what they are.
/// </summary>
/// <remarks>
/// Looks at observations whose target is one <see cref="TargetSpace.CanIdentifier"/> and that carry a payload: remote
/// and error frames and exchanges above the frame are passed over. Not thread-safe. Nothing is allocated for a frame of
/// a known identifier, but once each when its sample is full for the first time. No input makes it throw.
/// </remarks>
public sealed class FieldLearner
{
    private readonly Dictionary<(int Channel, uint Identifier), IdentifierTraffic> _traffic = [];
    private readonly FieldLearningOptions _options;

    /// <summary>Creates a learner that knows nothing.</summary>
    public FieldLearner(FieldLearningOptions? options = null) => _options = options ?? new FieldLearningOptions();

    /// <summary>Frames of identifiers for which there was no room.</summary>
    public long FramesWithoutRoom { get; private set; }

    /// <summary>Identifiers known.</summary>
    public int Identifiers => _traffic.Count;

    /// <summary>Takes in what an observation shows of a frame's fields; others are passed over.</summary>
    public void Observe(in Observation observation, ObservationBatch batch)
    {
        if (observation.Target.Space != TargetSpace.CanIdentifier || observation.Operation != Operation.Broadcast) return;
        Add(
            observation.Connection.Conversation.Service,
            observation.Target.Start,
            observation.Time,
            batch.Bytes(observation.RequestData));
    }

    /// <summary>Takes a frame in; of a payload above 64 bytes the first 64.</summary>
    public void Add(int channel, uint identifier, CaptureTime time, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > FieldBits.Maximum / 8) payload = payload[..(FieldBits.Maximum / 8)];
        if (!_traffic.TryGetValue((channel, identifier), out var traffic))
        {
            if (_traffic.Count >= _options.MaximumIdentifiers)
            {
                FramesWithoutRoom++;
                return;
            }

            traffic = new IdentifierTraffic(channel, identifier);
            _traffic.Add((channel, identifier), traffic);
        }

        var length = traffic.PayloadBytes;
        traffic.Add(time, payload);
        if (traffic.Trial is { } trial && payload.Length == length) trial.Add(payload);
        else if (traffic.IsSampleJustFull) traffic.Trial = Find(traffic);
    }

    /// <summary>The fields of every identifier, by channel and identifier. Learning may go on.</summary>
    public IReadOnlyList<CanFieldMap> Build()
    {
        var ordered = _traffic.Values.OrderBy(t => t.Channel).ThenBy(t => t.Identifier)
            .Select(traffic => (Traffic: traffic, Rules: Rules(traffic)))
            .ToList();

        // Senders on one bus mostly keep one order of bytes: it settles what an identifier does not show by itself.
        var evidence = ordered.Select(one => FieldAssembly.BigEndianEvidence(one.Traffic, one.Rules)).ToList();
        var bus = evidence.Sum(e => Math.Sign(Math.Abs(e) < FieldAssembly.SureOdds ? 0 : e)) > 0;
        var maps = new List<CanFieldMap>(ordered.Count);
        foreach (var ((traffic, rules), big) in ordered.Zip(evidence))
        {
            var bigEndian = Math.Abs(big) < FieldAssembly.SureOdds ? bus : big > 0;
            maps.Add(new CanFieldMap(
                traffic.Channel,
                traffic.Identifier,
                Math.Max(0, traffic.PayloadBytes),
                traffic.Frames,
                traffic.OtherLengths,
                traffic.First,
                traffic.Last,
                FieldAssembly.Fields(traffic, rules, bigEndian, _options)));
        }

        return maps;
    }

    private FieldTrial Find(IdentifierTraffic traffic)
    {
        var counters = CounterSearch.Find(traffic, _options.MinimumFrames, _options.MaximumFaultShare);
        var checksum = traffic.SampleFrames < _options.MinimumFrames
            ? null
            : ChecksumSearch.Find(traffic, counters, _options.MaximumFaultShare);
        return new FieldTrial(counters, checksum is null ? [] : [checksum]);
    }

    /// <summary>
    /// Counters and checksums that hold for the sample, and for every frame where they were found early.
    /// </summary>
    private List<ClaimedField> Rules(IdentifierTraffic traffic)
    {
        var claimed = new List<ClaimedField>();
        if (traffic.SampleFrames < _options.MinimumFrames) return claimed;
        var trial = traffic.Trial;
        var checksumFound = false;
        var counters = CounterSearch.Find(traffic, _options.MinimumFrames, _options.MaximumFaultShare);
        if (ChecksumSearch.Find(traffic, counters, _options.MaximumFaultShare) is { } checksum)
        {
            var faults = trial?.FaultsOf(checksum);
            var frames = faults is null ? traffic.SampleFrames : trial!.Frames;
            var mistaken = faults ?? SampleFaults(traffic, checksum);
            checksumFound = mistaken <= frames * _options.MaximumFaultShare;
            if (checksumFound) claimed.Add(new ClaimedField(null, checksum, frames, mistaken));
        }

        if (!checksumFound && ChecksumSearch.FindUnknown(traffic) is >= 0 and var place)
        {
            claimed.Add(new ClaimedField(null, null, traffic.SampleFrames, 0) { UnknownChecksumBit = place });
            checksumFound = true;
        }

        foreach (var counter in counters)
        {
            // Single bits of a checksum can look like a toggle; the checksum is the stronger claim.
            if (checksumFound && claimed[0].Covers(counter.StartBit)) continue;
            var faults = trial?.FaultsOf(counter);
            var frames = faults is null ? traffic.SampleFrames : trial!.Frames;
            var mistaken = faults ?? SampleFaults(traffic, counter);
            if (mistaken <= frames * _options.MaximumFaultShare)
                claimed.Add(new ClaimedField(counter, null, frames, mistaken));
        }

        return claimed;
    }

    private static long SampleFaults(IdentifierTraffic traffic, ChecksumRule checksum)
    {
        var faults = 0;
        for (var index = 0; index < traffic.SampleFrames; index++)
            if (!checksum.Verify(traffic.Sample(index), out _, out _)) faults++;
        return faults;
    }

    private static long SampleFaults(IdentifierTraffic traffic, CounterRule counter)
    {
        var faults = 0;
        for (var index = 1; index < traffic.SampleFrames; index++)
        {
            if (index % IdentifierTraffic.BlockFrames == 0) continue;
            var last = counter.Read(traffic.Sample(index - 1));
            if (!counter.Follows(last, counter.Read(traffic.Sample(index)), out _)) faults++;
        }

        return faults;
    }
}

/// <summary>
/// A counter or a checksum that was verified, or a checksum that shows by its statistics (both null).
/// </summary>
internal sealed record ClaimedField(CounterRule? Counter, ChecksumRule? Checksum, long Frames, long Faults)
{
    /// <summary>The least significant bit of a byte that is a checksum by its statistics.</summary>
    public int UnknownChecksumBit { get; init; } = -1;

    /// <summary>Its bits by DBC number, the least significant first.</summary>
    public IEnumerable<int> Bits
    {
        get
        {
            if (Checksum is { } checksum)
            {
                var high = checksum.Algorithm == ChecksumAlgorithm.Crc16BigEndian;
                for (var bit = 0; bit < checksum.Length; bit++)
                    yield return checksum.StartBit + (high ? bit ^ 8 : bit);
                yield break;
            }

            if (Counter is null)
            {
                for (var bit = 0; bit < 8; bit++) yield return UnknownChecksumBit + bit;
                yield break;
            }

            for (var index = 0; index < Counter.Length; index++)
            {
                var within = Counter.StartBit % 8 + index;
                yield return within < 8 || !Counter.IsBigEndian
                    ? Counter.StartBit + index
                    : (Counter.StartBit & ~7) - 8 + within - 8;
            }
        }
    }

    public bool IsBigEndian => Counter?.IsBigEndian ?? Checksum?.Algorithm == ChecksumAlgorithm.Crc16BigEndian;

    public bool Covers(int bit) => Bits.Contains(bit);
}
