using System.Buffers;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>Bytes held over all connections, against one limit.</summary>
internal sealed class ByteBudget(long maximum)
{
    public long Used { get; private set; }

    public bool TryTake(long bytes)
    {
        if (Used + bytes > maximum) return false;
        Used += bytes;
        return true;
    }

    public void Return(long bytes) => Used -= bytes;
}

/// <summary>
/// Segments of one direction that came before their turn: in order of sequence number, without overlap. What came first
/// stays; of a later segment only the bytes not yet held are taken.
/// </summary>
internal sealed class ReorderBuffer(ByteBudget total, int maximumBytes, int maximumSegments)
{
    private readonly List<(uint Sequence, byte[] Bytes, int Length, Sighting Seen)> _segments = [];
    private int _held;

    public bool IsEmpty => _segments.Count == 0;

    /// <summary>Sequence number of the first byte held.</summary>
    public uint First => _segments[0].Sequence;

    /// <summary>
    /// Holds a segment beyond <paramref name="next"/>. False where a limit is reached; <paramref name="different"/>
    /// counts bytes that contradict what is held.
    /// </summary>
    public bool TryInsert(uint next, uint sequence, ReadOnlySpan<byte> data, Sighting seen, out int different)
    {
        different = 0;
        // Distances from the expected sequence number are small and positive here, so wrapping does not matter.
        var start = (long)(sequence - next);
        var index = 0;
        while (data.Length > 0)
        {
            while (index < _segments.Count && End(index, next) <= start) index++;
            var from = index < _segments.Count ? (long)(_segments[index].Sequence - next) : long.MaxValue;
            var free = (int)Math.Min(data.Length, from - start);
            if (free > 0)
            {
                if (!TryHold(index, next + (uint)start, data[..free], seen)) return false;
                data = data[free..];
                start += free;
                index++;
                continue;
            }

            var (_, bytes, length, _) = _segments[index];
            var offset = (int)(start - from);
            var overlap = Math.Min(data.Length, length - offset);
            for (var i = 0; i < overlap; i++)
                if (bytes[offset + i] != data[i]) different++;
            data = data[overlap..];
            start += overlap;
            index++;
        }

        return true;
    }

    /// <summary>
    /// Takes the first segment where it starts at or before <paramref name="next"/>; the array goes back by
    /// <see cref="Release(byte[])"/>.
    /// </summary>
    public bool TryTake(uint next, out uint sequence, out byte[] bytes, out int length, out Sighting seen)
    {
        (sequence, bytes, length, seen) = _segments.Count > 0 ? _segments[0] : (0, [], 0, default);
        if (_segments.Count == 0 || (int)(sequence - next) > 0) return false;
        _segments.RemoveAt(0);
        return true;
    }

    public void Release(byte[] bytes)
    {
        _held -= bytes.Length;
        total.Return(bytes.Length);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    public void Clear()
    {
        foreach (var (_, bytes, _, _) in _segments) Release(bytes);
        _segments.Clear();
    }

    private long End(int index, uint next) => (long)(_segments[index].Sequence - next) + _segments[index].Length;

    private bool TryHold(int index, uint sequence, ReadOnlySpan<byte> data, Sighting seen)
    {
        if (_segments.Count >= maximumSegments) return false;
        var bytes = ArrayPool<byte>.Shared.Rent(data.Length);
        if (_held + bytes.Length > maximumBytes || !total.TryTake(bytes.Length))
        {
            ArrayPool<byte>.Shared.Return(bytes);
            return false;
        }

        _held += bytes.Length;
        data.CopyTo(bytes);
        _segments.Insert(index, (sequence, bytes, data.Length, seen));
        return true;
    }
}
