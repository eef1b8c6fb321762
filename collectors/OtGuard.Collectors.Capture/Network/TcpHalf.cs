using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// One direction of a TCP connection: the sequence number expected next, what waits behind a hole, what a decoder left
/// for later, and the last bytes delivered.
/// </summary>
internal sealed class TcpHalf
{
    /// <summary>Bytes delivered that are remembered; a power of two, so that a sequence number is its own place.</summary>
    public const int HistoryCapacity = 2048;

    /// <summary>Packets remembered to recognise one mirrored twice: PRP's slower LAN lags by no more than a few.</summary>
    private const int RingSize = 8;

    /// <summary>Sequence number expected next; meaningless until <see cref="Known"/>.</summary>
    public uint Next;
    public uint InitialSequence;
    public bool Known;

    /// <summary>True when a frame of this side was seen, not only acknowledged.</summary>
    public bool Seen;
    public bool SynSeen;
    public bool FinKnown;
    public bool Finished;
    public byte OutOfWindow;
    public uint FinSequence;

    /// <summary>True when bytes were lost before a protocol claimed the connection: its decoder has to hear of it.</summary>
    public bool LostUnclaimed;

    /// <summary>The highest sequence number the other side acknowledged, or this side's empty segments showed.</summary>
    public uint ReachedTo;
    public bool Acknowledged;

    /// <summary>When the hole at <see cref="Next"/> was noticed.</summary>
    public CaptureTime HoleSince;
    public bool HasHole;

    /// <summary>The last gap declared: late bytes that fill it exactly, with nothing delivered since, still count.</summary>
    public uint GapStart;
    public uint GapEnd;

    public ReorderBuffer? Reorder;
    public byte[]? Carry;
    public int CarryLength;
    public byte[]? History;

    /// <summary>There was no room for a history; said once.</summary>
    public bool IsUncompared;
    public uint HistoryStart;
    private SignatureRing _signatures;
    private TimeRing _times;
    private int _ringAt;

    /// <summary>True where the same packet was seen within <paramref name="windowNanoseconds"/>; else it is remembered.</summary>
    public bool IsDuplicate(ulong signature, CaptureTime time, long windowNanoseconds)
    {
        ReadOnlySpan<ulong> signatures = _signatures;
        var at = signatures.IndexOf(signature);
        return at >= 0 && FrameContext.IsWithin(time.UnixNanoseconds - _times[at], windowNanoseconds);
    }

    public void Remember(ulong signature, CaptureTime time)
    {
        var at = _ringAt++ & (RingSize - 1);
        _signatures[at] = signature;
        _times[at] = time.UnixNanoseconds;
    }

    /// <summary>Copies delivered bytes to their places by sequence number.</summary>
    public void AddHistory(ReadOnlySpan<byte> data)
    {
        var history = History!;
        var sequence = Next;
        if (data.Length > HistoryCapacity)
        {
            sequence += (uint)(data.Length - HistoryCapacity);
            data = data[^HistoryCapacity..];
        }

        var at = (int)(sequence & (HistoryCapacity - 1));
        var room = HistoryCapacity - at;
        if (data.Length <= room)
        {
            data.CopyTo(MemoryMarshal.CreateSpan(ref history[at], data.Length));
            return;
        }

        data[..room].CopyTo(history.AsSpan(at));
        data[room..].CopyTo(history);
    }

    /// <summary>How many of the bytes sent again differ from what was delivered for the same sequence numbers.</summary>
    public int CountDifferences(uint sequence, ReadOnlySpan<byte> data)
    {
        if (History is null) return 0;
        var different = 0;
        for (var i = 0; i < data.Length; i++)
        {
            var at = sequence + (uint)i;
            var age = (int)(Next - at);
            if (age <= 0) break;
            if (age > HistoryCapacity || (int)(at - HistoryStart) < 0) continue;
            if (History[at & (HistoryCapacity - 1)] != data[i]) different++;
        }

        return different;
    }

    /// <summary>Appends to what waits for more, up to <paramref name="limit"/> in total; returns how many bytes fitted.</summary>
    public int Append(ReadOnlySpan<byte> data, int limit)
    {
        var count = Math.Min(data.Length, Math.Max(0, limit - CarryLength));
        if (count == 0) return 0;
        var needed = CarryLength + count;
        if (Carry is null || Carry.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(512, needed));
            if (Carry is not null)
            {
                Carry.AsSpan(0, CarryLength).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(Carry);
            }

            Carry = larger;
        }

        data[..count].CopyTo(Carry.AsSpan(CarryLength));
        CarryLength = needed;
        return count;
    }

    /// <summary>Takes the first bytes off what waits.</summary>
    public void Consume(int count)
    {
        var rest = CarryLength - count;
        if (rest > 0) Carry.AsSpan(count, rest).CopyTo(Carry);
        CarryLength = rest;
    }

    /// <summary>Gives the pooled buffers back, the history excepted.</summary>
    public void ReleaseCarry()
    {
        if (Carry is null) return;
        ArrayPool<byte>.Shared.Return(Carry);
        Carry = null;
        CarryLength = 0;
    }

    [InlineArray(RingSize)]
    private struct SignatureRing
    {
        private ulong _first;
    }

    [InlineArray(RingSize)]
    private struct TimeRing
    {
        private long _first;
    }
}
