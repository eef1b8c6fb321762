using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace OtGuard.Collectors.Modbus;

/// <summary>A request PDU that fits here needs no rented buffer: every request but long writes does.</summary>
[InlineArray(Length)]
internal struct InlinePdu
{
    /// <summary>Bytes kept in place: the longest request that writes nothing is 8, a short write up to 24.</summary>
    public const int Length = 24;

    private byte _first;
}

/// <summary>A request that waits for its response.</summary>
internal struct PendingRequest
{
    private InlinePdu _inline;
    private byte[]? _spill;

    public CaptureTime Time;
    public long Frame;
    public ModbusAnomaly Anomalies;
    public ushort Transaction;
    public byte Unit;
    public byte Function;

    /// <summary>Bytes of this connection's answers are missing since it was sent: no answer proves nothing.</summary>
    public bool AnswerMayBeLost;

    /// <summary>Bytes of the client are missing since it was sent: others may have been asked between it and the next.</summary>
    public bool SentBeforeGap;

    public ushort PduLength { get; private set; }

    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Pdu =>
        _spill is null ? ((ReadOnlySpan<byte>)_inline)[..PduLength] : _spill.AsSpan(0, PduLength);

    public void StorePdu(ReadOnlySpan<byte> pdu)
    {
        PduLength = (ushort)pdu.Length;
        if (pdu.Length <= InlinePdu.Length)
        {
            pdu.CopyTo(_inline);
            return;
        }

        _spill = ArrayPool<byte>.Shared.Rent(pdu.Length);
        pdu.CopyTo(_spill);
    }

    public void Release()
    {
        if (_spill is null) return;
        ArrayPool<byte>.Shared.Return(_spill);
        _spill = null;
    }
}

/// <summary>
/// The requests of one connection that wait for their responses, oldest first. Bounded; grows by doubling to its
/// bound and allocates nothing else.
/// </summary>
/// <remarks>
/// Keys and slot numbers lie in two small arrays in order of age, the requests themselves stay in their slots: taking
/// one out from the middle moves two to six bytes for each younger one. The slot numbers behind the last used one are
/// the free slots.
/// </remarks>
internal sealed class PendingTable
{
    private const int InitialCapacity = 4;

    private readonly int _maximum;
    private uint[] _keys = new uint[InitialCapacity];
    private ushort[] _slots = new ushort[InitialCapacity];
    private PendingRequest[] _requests = new PendingRequest[InitialCapacity];

    public PendingTable(int maximum)
    {
        _maximum = maximum;
        for (var index = 0; index < InitialCapacity; index++) _slots[index] = (ushort)index;
    }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>True where the next one has to make the oldest give way.</summary>
    public bool IsFull => Count >= _maximum;

    /// <summary>When the oldest was sent, in Unix nanoseconds. There has to be one.</summary>
    public long OldestTime => this[0].Time.UnixNanoseconds;

    /// <summary>The request at an age: 0 is the oldest.</summary>
    public ref PendingRequest this[int age] => ref _requests[_slots[age]];

    public static uint Key(ushort transaction, byte unit) => (uint)transaction << 8 | unit;

    /// <summary>A slot for a new request, the youngest. <see cref="IsFull"/> has to be false.</summary>
    public ref PendingRequest Add(uint key)
    {
        if (Count == _keys.Length) Grow();
        _keys[Count] = key;
        return ref _requests[_slots[Count++]];
    }

    /// <summary>The age of the oldest request with this key from <paramref name="from"/> on, or -1.</summary>
    public int IndexOf(uint key, int from = 0)
    {
        if (from < Count && _keys[from] == key) return from;
        var found = _keys.AsSpan(from, Count - from).IndexOf(key);
        return found < 0 ? -1 : from + found;
    }

    /// <summary>The transaction and unit of the request at an age.</summary>
    public uint KeyAt(int age) => _keys[age];

    /// <summary>Takes a request out and gives its buffer back.</summary>
    public void RemoveAt(int age)
    {
        var slot = _slots[age];
        _requests[slot].Release();
        Count--;
        if (age == Count) return;
        _keys.AsSpan(age + 1, Count - age).CopyTo(_keys.AsSpan(age));
        _slots.AsSpan(age + 1, Count - age).CopyTo(_slots.AsSpan(age));
        _slots[Count] = slot;
    }

    private void Grow()
    {
        var old = _keys.Length;
        var capacity = Math.Min(old * 2, Math.Max(_maximum, old + 1));
        Array.Resize(ref _keys, capacity);
        Array.Resize(ref _slots, capacity);
        Array.Resize(ref _requests, capacity);
        for (var index = old; index < capacity; index++) _slots[index] = (ushort)index;
    }
}
