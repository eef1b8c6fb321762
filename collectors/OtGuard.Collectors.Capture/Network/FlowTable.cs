namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// The connections tracked, found by key in either direction. Open addressing over (hash, place) pairs: one cache line
/// for the lookup, one for the comparison with the connection itself, which is touched anyway.
/// </summary>
/// <remarks>
/// The hash is seeded at random so that nobody on the wire can choose addresses that collide; nothing that comes out
/// depends on the order of the table. Not thread-safe.
/// </remarks>
internal sealed class FlowTable
{
    /// <summary>How many are looked at when one has to go: near enough to the oldest, at a fixed cost.</summary>
    private const int EvictionSample = 16;

    private readonly int _maximum;
    private readonly ulong _seed = (ulong)Random.Shared.NextInt64();
    private (uint Hash, int Place)[] _buckets = new (uint, int)[1024];
    private Flow[] _flows = new Flow[256];
    private int _count;
    private int _hand;

    public FlowTable(int maximum) => _maximum = Math.Max(1, maximum);

    public ReadOnlySpan<Flow> Flows => _flows.AsSpan(0, _count);

    public bool IsFull => _count >= _maximum;

    /// <summary>The connection of a packet, or null; <paramref name="fromA"/> tells which of its sides sent it.</summary>
    public Flow? Find(in FlowKey key, out bool fromA)
    {
        var buckets = _buckets;
        var mask = buckets.Length - 1;
        var hash = key.Hash(_seed);
        for (var at = (int)hash & mask; ; at = (at + 1) & mask)
        {
            ref readonly var bucket = ref buckets[at];
            if (bucket.Place == 0) break;
            if (bucket.Hash != hash) continue;
            var flow = _flows[bucket.Place - 1];
            if (key.IsSame(in flow.Key))
            {
                fromA = true;
                return flow;
            }

            // A link frame and its answer are two conversations: these protocols have no roles.
            if (key.Transport != Transport.Link && key.IsReverse(in flow.Key))
            {
                fromA = false;
                return flow;
            }
        }

        fromA = true;
        return null;
    }

    /// <summary>Adds a connection; the caller made room.</summary>
    public void Add(Flow flow)
    {
        if (_count == _flows.Length) Array.Resize(ref _flows, _count * 2);
        flow.Place = _count;
        flow.Hash = flow.Key.Hash(_seed);
        _flows[_count++] = flow;
        if (_count * 2 > _buckets.Length) Grow();
        else Insert(flow.Hash, _count);
    }

    public void Remove(Flow flow)
    {
        var at = BucketOf(flow);
        Erase(at);
        var last = _flows[--_count];
        _flows[_count] = null!;
        if (last == flow) return;
        _buckets[FindPlace(last.Hash, _count + 1)].Place = flow.Place + 1;
        _flows[flow.Place] = last;
        last.Place = flow.Place;
    }

    /// <summary>The one idle for longest among the next few; null where there is none.</summary>
    public Flow? Oldest()
    {
        Flow? oldest = null;
        for (var i = 0; i < Math.Min(EvictionSample, _count); i++)
        {
            var flow = Next();
            if (oldest is null || flow.LastSeen < oldest.LastSeen) oldest = flow;
        }

        return oldest;
    }

    /// <summary>The next connection of an endless round; there has to be one.</summary>
    public Flow Next()
    {
        if (_hand >= _count) _hand = 0;
        return _flows[_hand++];
    }

    private int BucketOf(Flow flow) => FindPlace(flow.Hash, flow.Place + 1);

    private int FindPlace(uint hash, int place)
    {
        var mask = _buckets.Length - 1;
        var at = (int)hash & mask;
        while (_buckets[at].Place != place) at = (at + 1) & mask;
        return at;
    }

    private void Insert(uint hash, int place)
    {
        var mask = _buckets.Length - 1;
        var at = (int)hash & mask;
        while (_buckets[at].Place != 0) at = (at + 1) & mask;
        _buckets[at] = (hash, place);
    }

    /// <summary>Removes a bucket and moves up what had to step over it, so that no marker is needed.</summary>
    private void Erase(int hole)
    {
        var mask = _buckets.Length - 1;
        for (var at = (hole + 1) & mask; _buckets[at].Place != 0; at = (at + 1) & mask)
        {
            var home = (int)_buckets[at].Hash & mask;
            if (((at - home) & mask) < ((at - hole) & mask)) continue;
            _buckets[hole] = _buckets[at];
            hole = at;
        }

        _buckets[hole] = default;
    }

    private void Grow()
    {
        _buckets = new (uint, int)[_buckets.Length * 2];
        for (var i = 0; i < _count; i++) Insert(_flows[i].Hash, i + 1);
    }
}
