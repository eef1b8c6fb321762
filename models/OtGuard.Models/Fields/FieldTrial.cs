namespace OtGuard.Models.Fields;

/// <summary>
/// Counters and checksums found in an identifier's first frames, held against every frame since, so that what is
/// claimed was checked on all of the traffic and not on a sample.
/// </summary>
internal sealed class FieldTrial(IReadOnlyList<CounterRule> counters, IReadOnlyList<ChecksumRule> checksums)
{
    private readonly CounterRule[] _counters = [.. counters];
    private readonly ChecksumRule[] _checksums = [.. checksums];
    private readonly ulong[] _last = new ulong[counters.Count];
    private readonly long[] _counterFaults = new long[counters.Count];
    private readonly long[] _checksumFaults = new long[checksums.Count];
    private bool _begun;

    public long Frames { get; private set; }

    public void Add(ReadOnlySpan<byte> payload)
    {
        for (var index = 0; index < _counters.Length; index++)
        {
            var value = _counters[index].Read(payload);
            if (_begun && !_counters[index].Follows(_last[index], value, out _)) _counterFaults[index]++;
            _last[index] = value;
        }

        for (var index = 0; index < _checksums.Length; index++)
            if (!_checksums[index].Verify(payload, out _, out _)) _checksumFaults[index]++;
        _begun = true;
        Frames++;
    }

    /// <summary>Faults of a counter since the trial began, or null where it was not on trial.</summary>
    public long? FaultsOf(CounterRule counter)
    {
        var index = Array.IndexOf(_counters, counter);
        return index < 0 ? null : _counterFaults[index];
    }

    /// <summary>Faults of a checksum likewise.</summary>
    public long? FaultsOf(ChecksumRule checksum)
    {
        var index = Array.IndexOf(_checksums, checksum);
        return index < 0 ? null : _checksumFaults[index];
    }
}
