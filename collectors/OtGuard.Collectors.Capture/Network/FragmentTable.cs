using System.Buffers;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>An IP datagram of which some fragments are there.</summary>
internal sealed class FragmentedDatagram
{
    /// <summary>Pieces without a neighbour held for one datagram: a 64 KiB datagram in the smallest usual fragments.</summary>
    private const int MaximumPieces = 128;

    private readonly List<(int Start, int End)> _pieces = [];

    public required FragmentKey Key { get; init; }

    public required CaptureTime FirstSeen { get; init; }

    public List<FrameRecord> Frames { get; } = [];

    public byte[] Bytes { get; private set; } = [];

    /// <summary>Length of the whole payload, -1 until the last fragment was seen.</summary>
    public int TotalLength { get; set; } = -1;

    public bool IsComplete => _pieces.Count == 1 && _pieces[0].Start == 0 && _pieces[0].End >= TotalLength && TotalLength >= 0;

    /// <summary>The first bytes of the payload, as far as they are there: ports, where the transport has them.</summary>
    public ReadOnlySpan<byte> Start => _pieces.Count > 0 && _pieces[0].Start == 0 ? Bytes.AsSpan(0, _pieces[0].End) : [];

    /// <summary>Makes room for bytes up to <paramref name="end"/>; returns how many more the array takes.</summary>
    public int Grow(int end)
    {
        if (Bytes.Length >= end) return 0;
        var before = Bytes.Length;
        var larger = ArrayPool<byte>.Shared.Rent(end);
        Bytes.CopyTo(larger, 0);
        Release();
        Bytes = larger;
        return larger.Length - before;
    }

    /// <summary>Takes the bytes not there yet; the first ones stay. False where there are too many pieces.</summary>
    public bool TryAdd(int start, ReadOnlySpan<byte> data, out bool overlaps, out bool disagrees)
    {
        overlaps = false;
        disagrees = false;
        var end = start + data.Length;
        if (_pieces.Count >= MaximumPieces) return false;
        var at = start;
        foreach (var (pieceStart, pieceEnd) in _pieces)
        {
            if (pieceEnd <= at) continue;
            if (pieceStart >= end) break;
            overlaps = true;
            if (pieceStart > at) data[(at - start)..(pieceStart - start)].CopyTo(Bytes.AsSpan(at));
            var from = Math.Max(at, pieceStart);
            at = Math.Min(end, pieceEnd);
            if (!data[(from - start)..(at - start)].SequenceEqual(Bytes.AsSpan(from, at - from))) disagrees = true;
        }

        if (at < end) data[(at - start)..].CopyTo(Bytes.AsSpan(at));
        Merge(start, end);
        return true;
    }

    public void Release()
    {
        if (Bytes.Length > 0) ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = [];
    }

    private void Merge(int start, int end)
    {
        var index = 0;
        while (index < _pieces.Count && _pieces[index].End < start) index++;
        while (index < _pieces.Count && _pieces[index].Start <= end)
        {
            start = Math.Min(start, _pieces[index].Start);
            end = Math.Max(end, _pieces[index].End);
            _pieces.RemoveAt(index);
        }

        _pieces.Insert(index, (start, end));
    }
}

/// <summary>What fragments of one datagram have in common (RFC 791 §3.2, RFC 8200 §4.5).</summary>
internal readonly record struct FragmentKey(
    AddressKind Kind,
    ulong SourceHigh,
    ulong SourceLow,
    ulong DestinationHigh,
    ulong DestinationLow,
    uint Identification,
    byte Protocol);

/// <summary>Puts fragmented datagrams together, within a number, a size and a time.</summary>
internal sealed class FragmentTable(TrafficOptions options, StageCounters counters)
{
    private readonly Dictionary<FragmentKey, FragmentedDatagram> _byKey = [];
    private readonly List<FragmentedDatagram> _inOrder = [];
    private readonly (FragmentKey Key, Flow? Flow, bool FromA)[] _completed = new (FragmentKey, Flow?, bool)[CompletedKept];
    private int _completedAt;
    private long _bytes;

    /// <summary>Datagrams whose connection is remembered for fragments mirrored twice: the second copies follow closely.</summary>
    private const int CompletedKept = 16;

    /// <summary>Remembers which connection a datagram belonged to.</summary>
    public void Complete(FragmentKey key, Flow flow, bool fromA) =>
        _completed[_completedAt++ & (CompletedKept - 1)] = (key, flow, fromA);

    /// <summary>
    /// Finds a place for a fragment seen twice: with the datagram that waits, or the connection of the one completed.
    /// </summary>
    public bool TryPlaceRepeated(in IpPacket packet, FrameRecord record, out Flow? flow, out bool fromA)
    {
        var key = KeyOf(in packet);
        (flow, fromA) = (null, true);
        if (_byKey.TryGetValue(key, out var waiting))
        {
            waiting.Frames.Add(record);
            return true;
        }

        foreach (var completed in _completed)
        {
            if (completed.Flow is not { Removed: false } || completed.Key != key) continue;
            (flow, fromA) = (completed.Flow, completed.FromA);
            return true;
        }

        return false;
    }

    /// <summary>
    /// Takes a fragment and returns its datagram when that is complete. The caller uses it, then calls
    /// <see cref="Remove"/>; what had to go for want of room is in <paramref name="evicted"/>.
    /// </summary>
    public FragmentedDatagram? Add(in IpPacket packet, FrameRecord record, CaptureTime now, out FragmentedDatagram? evicted)
    {
        evicted = null;
        var key = KeyOf(in packet);
        var end = packet.FragmentOffset + packet.Payload.Length;
        if (!_byKey.TryGetValue(key, out var datagram))
        {
            if (_inOrder.Count >= options.MaximumFragmentedDatagrams) evicted = Evict();
            datagram = new FragmentedDatagram { Key = key, FirstSeen = now };
            _byKey.Add(key, datagram);
            _inOrder.Add(datagram);
        }

        datagram.Frames.Add(record);
        if (end > ushort.MaxValue || packet.MissingTail > 0)
        {
            counters.Fail(packet.MissingTail > 0 ? "fragment cut by the snapshot length" : "fragment beyond 65,535 bytes");
            return null;
        }

        _bytes += datagram.Grow(end);
        if (!datagram.TryAdd(packet.FragmentOffset, packet.Payload, out var overlaps, out var disagrees))
        {
            counters.Drop("fragments of a datagram beyond the limit");
            return null;
        }

        if (disagrees) counters.Note("fragments overlap and disagree");
        else if (overlaps) counters.Note("fragments overlap");
        if (!packet.MoreFragments && datagram.TotalLength < 0) datagram.TotalLength = end;
        if (datagram.IsComplete) return datagram;
        if (_bytes > options.MaximumFragmentBytes && evicted is null) evicted = Evict();
        return null;
    }

    /// <summary>A datagram whose time is over, or any with <paramref name="all"/>; null where there is none.</summary>
    public FragmentedDatagram? TakeExpired(CaptureTime now, bool all)
    {
        if (_inOrder.Count == 0) return null;
        var oldest = _inOrder[0];
        if (!all && now - oldest.FirstSeen <= options.FragmentTimeout) return null;
        counters.Drop(all ? "fragments incomplete at the end" : "fragments timed out");
        Remove(oldest);
        return oldest;
    }

    public void Remove(FragmentedDatagram datagram)
    {
        _byKey.Remove(datagram.Key);
        _inOrder.Remove(datagram);
        _bytes -= datagram.Bytes.Length;
    }

    private static FragmentKey KeyOf(in IpPacket packet) => new(
        packet.Kind, packet.SourceHigh, packet.SourceLow, packet.DestinationHigh, packet.DestinationLow,
        packet.Identification, packet.Protocol);

    private FragmentedDatagram Evict()
    {
        var oldest = _inOrder[0];
        counters.Drop("fragments given up for want of room");
        Remove(oldest);
        return oldest;
    }
}
