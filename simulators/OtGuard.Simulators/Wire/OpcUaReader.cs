using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace OtGuard.Simulators.Wire;

/// <summary>
/// Reads what a server has to understand of a request, and a client of a response. Bytes that make no sense set
/// <see cref="Failed"/>; from then on zeros are read. Nothing is thrown, and nothing read beyond the end.
/// </summary>
/// <remarks>OPC UA Part 6 v1.05 §5.2.</remarks>
internal ref struct OpcUaReader
{
    /// <summary>Levels of values inside values that are read (§5.2.2.16 asks for 100).</summary>
    public const int MaximumNesting = 100;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Reads from the beginning of <paramref name="bytes"/>.</summary>
    public OpcUaReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>True once something made no sense.</summary>
    public bool Failed { get; private set; }

    /// <summary>True where values were nested deeper than <see cref="MaximumNesting"/>.</summary>
    public bool IsTooDeep { get; private set; }

    /// <summary>What is left.</summary>
    public readonly ReadOnlySpan<byte> Rest => Failed ? default : _bytes[Position..];

    /// <summary>So many bytes.</summary>
    public ReadOnlySpan<byte> Take(int length)
    {
        if (Failed || length < 0 || length > _bytes.Length - Position)
        {
            Failed = true;
            return default;
        }

        var taken = _bytes.Slice(Position, length);
        Position += length;
        return taken;
    }

    /// <summary>A Byte.</summary>
    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    /// <summary>A Boolean.</summary>
    public bool Boolean() => Byte() != 0;

    /// <summary>A UInt16.</summary>
    public ushort UInt16() => Take(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    /// <summary>A UInt32.</summary>
    public uint UInt32() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;

    /// <summary>An Int32.</summary>
    public int Int32() => (int)UInt32();

    /// <summary>An Int64.</summary>
    public long Int64() => Take(8) is { Length: 8 } bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : 0;

    /// <summary>A Double.</summary>
    public double Double() => Unsafe.BitCast<long, double>(Int64());

    /// <summary>A ByteString; empty for none.</summary>
    public ReadOnlySpan<byte> ByteString()
    {
        var length = Int32();
        return length <= 0 ? default : Take(length);
    }

    /// <summary>A String; empty for none.</summary>
    public string String() => Encoding.UTF8.GetString(ByteString());

    /// <summary>The length of an array, 0 for none; it fails where its elements cannot all be there.</summary>
    public int ArrayLength()
    {
        var length = Int32();
        if (length > _bytes.Length - Position) Failed = true;
        return Failed || length < 0 ? 0 : length;
    }

    /// <summary>
    /// A NodeId (§5.2.2.9). One with a GUID or opaque identifier, of which this station has none, is that of no node.
    /// </summary>
    public OpcUaNodeId NodeId()
    {
        var encoding = Byte();
        var id = (encoding & 0x3F) switch
        {
            0 => new OpcUaNodeId(0, Byte()),
            1 => new OpcUaNodeId(Byte(), UInt16()),
            2 => new OpcUaNodeId(UInt16(), UInt32()),
            3 => new OpcUaNodeId(UInt16(), 0, String()),
            4 => new OpcUaNodeId(UInt16(), 0, Convert.ToHexString(Take(16))),
            5 => new OpcUaNodeId(UInt16(), 0, Convert.ToHexString(ByteString())),
            _ => Fail(),
        };
        if ((encoding & 0x80) != 0) ByteString();
        if ((encoding & 0x40) != 0) UInt32();
        return id;
    }

    /// <summary>An ExtensionObject: its type, and its body where that is binary.</summary>
    public ReadOnlySpan<byte> ExtensionObject(out OpcUaNodeId type)
    {
        type = NodeId();
        return Byte() == 0 ? default : ByteString();
    }

    /// <summary>A LocalizedText, which is read over.</summary>
    public void LocalizedText()
    {
        var parts = Byte();
        if ((parts & 1) != 0) ByteString();
        if ((parts & 2) != 0) ByteString();
    }

    /// <summary>A Variant.</summary>
    public OpcUaVariant Variant()
    {
        var mask = Byte();
        var type = (OpcUaType)(mask & 0x3F);
        switch (mask)
        {
            case (byte)OpcUaType.Null:
                return OpcUaVariant.Null;
            case (byte)OpcUaType.Boolean or (byte)OpcUaType.Byte:
                return OpcUaVariant.Number(type, Byte());
            case (byte)OpcUaType.SByte:
                return OpcUaVariant.Number(type, (sbyte)Byte());
            case (byte)OpcUaType.Int16:
                return OpcUaVariant.Number(type, (short)UInt16());
            case (byte)OpcUaType.UInt16:
                return OpcUaVariant.Number(type, UInt16());
            case (byte)OpcUaType.Int32 or (byte)OpcUaType.Float:
                return OpcUaVariant.Number(type, Int32());
            case (byte)OpcUaType.UInt32 or (byte)OpcUaType.StatusCode:
                return OpcUaVariant.Number(type, UInt32());
            case (byte)OpcUaType.Int64 or (byte)OpcUaType.UInt64 or (byte)OpcUaType.Double or (byte)OpcUaType.DateTime:
                return OpcUaVariant.Number(type, Int64());
        }

        var begin = Position;
        SkipValue(mask, 0);
        return Failed ? OpcUaVariant.Null : OpcUaVariant.FromWire(mask, _bytes[begin..Position].ToArray());
    }

    /// <summary>The value of a DataValue; its times and quality are read over.</summary>
    public OpcUaVariant DataValue()
    {
        var mask = Byte();
        var value = (mask & 1) != 0 ? Variant() : OpcUaVariant.Null;
        SkipQuality(mask);
        return value;
    }

    private OpcUaNodeId Fail()
    {
        Failed = true;
        return default;
    }

    private void SkipQuality(byte mask)
    {
        if ((mask & 2) != 0) Take(4);
        if ((mask & 4) != 0) Take(8);
        if ((mask & 16) != 0) Take(2);
        if ((mask & 8) != 0) Take(8);
        if ((mask & 32) != 0) Take(2);
    }

    // What follows the encoding byte of a Variant.
    private void SkipValue(byte mask, int depth)
    {
        if (depth > MaximumNesting)
        {
            IsTooDeep = true;
            Failed = true;
            return;
        }

        var count = 1;
        if ((mask & 0x80) != 0) count = ArrayLength();
        for (var i = 0; i < count && !Failed; i++) SkipOne((OpcUaType)(mask & 0x3F), depth);
        if ((mask & 0x40) == 0) return;
        var dimensions = ArrayLength();
        Take(dimensions * 4);
    }

    private void SkipOne(OpcUaType type, int depth)
    {
        switch (type)
        {
            case OpcUaType.Boolean or OpcUaType.SByte or OpcUaType.Byte:
                Take(1);
                break;
            case OpcUaType.Int16 or OpcUaType.UInt16:
                Take(2);
                break;
            case OpcUaType.Int32 or OpcUaType.UInt32 or OpcUaType.Float or OpcUaType.StatusCode:
                Take(4);
                break;
            case OpcUaType.Int64 or OpcUaType.UInt64 or OpcUaType.Double or OpcUaType.DateTime:
                Take(8);
                break;
            case OpcUaType.Guid:
                Take(16);
                break;
            case OpcUaType.String or OpcUaType.ByteString or OpcUaType.XmlElement:
                ByteString();
                break;
            case OpcUaType.NodeId or OpcUaType.ExpandedNodeId:
                NodeId();
                break;
            case OpcUaType.QualifiedName:
                UInt16();
                ByteString();
                break;
            case OpcUaType.LocalizedText:
                LocalizedText();
                break;
            case OpcUaType.ExtensionObject:
                ExtensionObject(out _);
                break;
            case OpcUaType.DataValue:
                var mask = Byte();
                if ((mask & 1) != 0) SkipValue(Byte(), depth + 1);
                SkipQuality(mask);
                break;
            case OpcUaType.Variant:
                SkipValue(Byte(), depth + 1);
                break;
            default:
                Failed = true;
                break;
        }
    }
}
