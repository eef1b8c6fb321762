using System.Buffers.Binary;

namespace OtGuard.Collectors;

/// <summary>Takes full batches of observations.</summary>
public interface IObservationConsumer
{
    /// <summary>Works through the batch in order. The batch is emptied and used again after the call.</summary>
    void Consume(ObservationBatch batch);
}

/// <summary>
/// A bounded run of observations with the arena their values lie in. Decoders write into it; when it is full it hands
/// itself to its consumer and starts again, so that nothing is allocated per observation.
/// </summary>
/// <remarks>Single writer. <see cref="ValueSlice"/>s taken from it die with the next <see cref="Flush"/>.</remarks>
public sealed class ObservationBatch
{
    /// <summary>Observations held before the batch hands itself on: small enough to stay in the second-level cache.</summary>
    public const int Capacity = 256;

    /// <summary>Bytes of one observation's values at most: two messages of 64 KiB less one.</summary>
    public const int MaximumMessageBytes = ushort.MaxValue;

    private const int ArenaBytes = 1 << 18;

    private readonly IObservationConsumer _consumer;
    private readonly Observation[] _items = new Observation[Capacity];
    private readonly byte[] _arena = new byte[ArenaBytes];
    private int _count;
    private int _used;

    /// <summary>Creates a batch that hands itself to <paramref name="consumer"/>.</summary>
    public ObservationBatch(IObservationConsumer consumer) => _consumer = consumer;

    /// <summary>The observations, in the order they were made.</summary>
    public ReadOnlySpan<Observation> Items => _items.AsSpan(0, _count);

    /// <summary>Makes room for one observation and up to two messages of values. Call before <see cref="Store"/>.</summary>
    public void Reserve(int bytes)
    {
        if (_count == Capacity || _used + bytes > ArenaBytes) Flush();
    }

    /// <summary>
    /// Makes room for several observations that stay together in one batch, up to <see cref="Capacity"/> of them and
    /// 256 KiB of values; false where they cannot.
    /// </summary>
    public bool TryReserve(int observations, int bytes)
    {
        if (observations > Capacity || bytes > ArenaBytes) return false;
        if (_count + observations > Capacity || _used + bytes > ArenaBytes) Flush();
        return true;
    }

    /// <summary>Copies bytes into the arena, cutting them at <see cref="MaximumMessageBytes"/>.</summary>
    public ValueSlice Store(ReadOnlySpan<byte> bytes)
    {
        var length = Math.Min(bytes.Length, MaximumMessageBytes);
        var offset = _used;
        bytes[..length].CopyTo(_arena.AsSpan(offset));
        _used = offset + length;
        return new ValueSlice(offset, (ushort)length, (ushort)length, ValueEncoding.Bytes);
    }

    /// <summary>Adds an observation whose slices were taken since the last <see cref="Reserve"/>.</summary>
    public void Add(in Observation observation)
    {
        if (_count == Capacity) Flush();
        _items[_count++] = observation;
    }

    /// <summary>The bytes of a slice.</summary>
    public ReadOnlySpan<byte> Bytes(ValueSlice slice) => _arena.AsSpan(slice.Offset, slice.Length);

    /// <summary>The value at <paramref name="index"/> of a slice of bits, 16-bit numbers or bytes.</summary>
    public int Value(ValueSlice slice, int index)
    {
        var bytes = Bytes(slice);
        return slice.Encoding switch
        {
            ValueEncoding.None => throw new ArgumentOutOfRangeException(nameof(index)),
            ValueEncoding.Bits => bytes[index >> 3] >> (index & 7) & 1,
            ValueEncoding.UInt16BigEndian => BinaryPrimitives.ReadUInt16BigEndian(bytes[(index * 2)..]),
            ValueEncoding.Bytes => bytes[index],
            ValueEncoding.Variant => throw new ArgumentOutOfRangeException(nameof(slice)),
        };
    }

    /// <summary>Hands what is there to the consumer and empties the batch.</summary>
    public void Flush()
    {
        if (_count > 0) _consumer.Consume(this);
        _count = 0;
        _used = 0;
    }
}
