using System.Buffers.Binary;
using System.Text;

namespace OtGuard.Simulators.Wire;

/// <summary>
/// Writes the binary encoding into a buffer of its own that grows and is used again: an encoder allocates nothing once it
/// has its size. Not thread-safe.
/// </summary>
/// <remarks>OPC UA Part 6 v1.05 §5.2. Little-endian; a null String or ByteString has the length -1.</remarks>
internal sealed class OpcUaWriter
{
    // 100 ns from 1601 to 1970.
    private const long EpochTicks = 116_444_736_000_000_000;

    private byte[] _bytes = new byte[256];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>A DateTime as it is encoded: 100 ns since 1601.</summary>
    public static long Ticks(long unixNanoseconds) => unixNanoseconds / 100 + EpochTicks;

    /// <summary>Begins anew.</summary>
    public OpcUaWriter Clear()
    {
        Length = 0;
        return this;
    }

    /// <summary>Takes back what was written from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    /// <summary>Writes a UInt32 over four bytes that were written before.</summary>
    public void Patch(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(at, 4), value);

    /// <summary>Makes room and returns it; the caller fills it.</summary>
    public Span<byte> Room(int length)
    {
        if (Length + length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + length));
        var room = _bytes.AsSpan(Length, length);
        Length += length;
        return room;
    }

    /// <summary>Bytes as they are.</summary>
    public OpcUaWriter Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        return this;
    }

    /// <summary>A Byte.</summary>
    public OpcUaWriter Byte(byte value)
    {
        Room(1)[0] = value;
        return this;
    }

    /// <summary>A Boolean.</summary>
    public OpcUaWriter Boolean(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>A UInt16.</summary>
    public OpcUaWriter UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Room(2), value);
        return this;
    }

    /// <summary>An Int32.</summary>
    public OpcUaWriter Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Room(4), value);
        return this;
    }

    /// <summary>A UInt32.</summary>
    public OpcUaWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Room(4), value);
        return this;
    }

    /// <summary>An Int64.</summary>
    public OpcUaWriter Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Room(8), value);
        return this;
    }

    /// <summary>A Double.</summary>
    public OpcUaWriter Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Room(8), value);
        return this;
    }

    /// <summary>A DateTime, in nanoseconds since 1970.</summary>
    public OpcUaWriter Time(long unixNanoseconds) => Int64(Ticks(unixNanoseconds));

    /// <summary>A String.</summary>
    public OpcUaWriter String(string? value)
    {
        if (value is null) return Int32(-1);
        var length = Encoding.UTF8.GetByteCount(value);
        Int32(length);
        Encoding.UTF8.GetBytes(value, Room(length));
        return this;
    }

    /// <summary>A ByteString.</summary>
    public OpcUaWriter ByteString(ReadOnlySpan<byte> value) => Int32(value.Length).Raw(value);

    /// <summary>A ByteString, or none.</summary>
    public OpcUaWriter ByteString(byte[]? value) => value is null ? Int32(-1) : ByteString(value.AsSpan());

    /// <summary>A NodeId in its shortest form (§5.2.2.9).</summary>
    public OpcUaWriter NodeId(OpcUaNodeId id)
    {
        if (id.Text is not null) return Byte(3).UInt16(id.NamespaceIndex).String(id.Text);
        if (id is { NamespaceIndex: 0, Number: <= byte.MaxValue }) return Byte(0).Byte((byte)id.Number);
        return id is { NamespaceIndex: <= byte.MaxValue, Number: <= ushort.MaxValue }
            ? Byte(1).Byte((byte)id.NamespaceIndex).UInt16((ushort)id.Number)
            : Byte(2).UInt16(id.NamespaceIndex).UInt32(id.Number);
    }

    /// <summary>The NodeId of the standard's namespace with that number.</summary>
    public OpcUaWriter NodeId(uint standard) => NodeId(OpcUaNodeId.Standard(standard));

    /// <summary>A QualifiedName.</summary>
    public OpcUaWriter QualifiedName(ushort namespaceIndex, string? name) => UInt16(namespaceIndex).String(name);

    /// <summary>A LocalizedText without a language.</summary>
    public OpcUaWriter LocalizedText(string text) => Byte(2).String(text);

    /// <summary>No ExtensionObject.</summary>
    public OpcUaWriter NoExtension() => NodeId(0).Byte(0);

    /// <summary>Begins an ExtensionObject of a type; <see cref="EndExtension"/> with what is returned ends it.</summary>
    public int BeginExtension(uint type)
    {
        NodeId(type).Byte(1).Int32(0);
        return Length;
    }

    /// <summary>Ends an ExtensionObject: its length is known now.</summary>
    public OpcUaWriter EndExtension(int begin)
    {
        Patch(begin - 4, (uint)(Length - begin));
        return this;
    }

    /// <summary>A Variant.</summary>
    public OpcUaWriter Variant(OpcUaVariant value)
    {
        Byte(value.Mask);
        if (value.Encoded is { } encoded) return Raw(encoded);
        return value.Type switch
        {
            OpcUaType.Null => this,
            OpcUaType.Boolean or OpcUaType.SByte or OpcUaType.Byte => Byte((byte)value.Bits),
            OpcUaType.Int16 or OpcUaType.UInt16 => UInt16((ushort)value.Bits),
            OpcUaType.Int32 or OpcUaType.UInt32 or OpcUaType.Float or OpcUaType.StatusCode => UInt32((uint)value.Bits),
            _ => Int64(value.Bits),
        };
    }

    /// <summary>A DataValue with the time of its source, or with a StatusCode that is not Good (§5.2.2.17).</summary>
    public OpcUaWriter DataValue(OpcUaVariant value, uint status, long sourceUnixNanoseconds)
    {
        if (status != OpcUaStatus.Good) return Byte(2).UInt32(status);
        return sourceUnixNanoseconds == 0
            ? Byte(1).Variant(value)
            : Byte(5).Variant(value).Time(sourceUnixNanoseconds);
    }

    /// <summary>The header of a request (Part 4 v1.05 §7.33) behind the message's type.</summary>
    public OpcUaWriter Request(uint type, OpcUaNodeId session, uint handle, long now, uint timeoutMilliseconds) =>
        NodeId(type).NodeId(session).Time(now).UInt32(handle).UInt32(0).String(null).UInt32(timeoutMilliseconds)
            .NoExtension();

    /// <summary>The header of a response (Part 4 v1.05 §7.34) behind the message's type.</summary>
    public OpcUaWriter Response(uint type, uint handle, long now, uint result = OpcUaStatus.Good) =>
        NodeId(type).Time(now).UInt32(handle).UInt32(result).Byte(0).Int32(-1).NoExtension();
}
