using System.Runtime.CompilerServices;
using System.Text.Unicode;
using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.OpcUa.Types;

/// <summary>What is wrong with an encoding; the first fault found.</summary>
internal enum EncodingFault : byte
{
    None,

    /// <summary>The bytes end before a field, or a length goes beyond them.</summary>
    TooShort,

    /// <summary>A mask, type or length that the encoding does not have.</summary>
    Invalid,

    /// <summary>Variants or DiagnosticInfos inside each other beyond the limit.</summary>
    TooDeep,
}

/// <summary>
/// Reads the built-in types of the OPC UA binary encoding from a span. After a fault every read gives zero or nothing, so
/// that callers look at <see cref="Fault"/> once, at the end.
/// </summary>
/// <remarks>
/// OPC UA Part 6 v1.05 §5.2. Never reads beyond the span; work is bounded by its length, since every element of an array
/// takes at least one byte, and recursion by the nesting limit. A string that is no UTF-8 is noted and read on.
/// </remarks>
internal ref struct UaReader
{
    /// <summary>Levels of nesting that a decoder has to accept (Part 6 v1.05 §5.2.2.12, §5.2.2.16).</summary>
    public const int MaximumNesting = 100;

    private readonly ReadOnlySpan<byte> _data;
    private int _at;

    public UaReader(ReadOnlySpan<byte> data)
    {
        _data = data;
        _at = 0;
        Fault = EncodingFault.None;
    }

    /// <summary>The first fault.</summary>
    public EncodingFault Fault { get; private set; }

    /// <summary>A string that is no UTF-8 was read.</summary>
    public bool HasBadText { get; private set; }

    /// <summary>True once nothing more can be read.</summary>
    public readonly bool Failed => Fault != EncodingFault.None;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _at;

    /// <summary>Bytes left.</summary>
    public readonly int Remaining => _data.Length - _at;

    /// <summary>Everything the reader was made from.</summary>
    public readonly ReadOnlySpan<byte> Data => _data;

    public byte Byte()
    {
        var at = _at;
        if ((uint)at >= (uint)_data.Length)
        {
            Fail(EncodingFault.TooShort);
            return 0;
        }

        _at = at + 1;
        return _data[at];
    }

    public ushort UInt16() => TryTake(2, out var bytes) ? ReadUInt16LittleEndian(bytes) : (ushort)0;

    public uint UInt32() => TryTake(4, out var bytes) ? ReadUInt32LittleEndian(bytes) : 0;

    public int Int32() => TryTake(4, out var bytes) ? ReadInt32LittleEndian(bytes) : 0;

    public long Int64() => TryTake(8, out var bytes) ? ReadInt64LittleEndian(bytes) : 0;

    public ulong UInt64() => TryTake(8, out var bytes) ? ReadUInt64LittleEndian(bytes) : 0;

    public double Double() => TryTake(8, out var bytes) ? ReadDoubleLittleEndian(bytes) : 0;

    public float Single() => TryTake(4, out var bytes) ? ReadSingleLittleEndian(bytes) : 0;

    public bool Boolean() => Byte() != 0;

    public ReadOnlySpan<byte> Bytes(int count) => TryTake(count, out var bytes) ? bytes : default;

    public void Skip(int count) => TryTake(count, out _);

    /// <summary>A ByteString; empty where it is null.</summary>
    public ReadOnlySpan<byte> ByteString()
    {
        var length = Int32();
        if (length > 0) return TryTake(length, out var bytes) ? bytes : default;
        if (length < -1) Fail(EncodingFault.Invalid);
        return default;
    }

    /// <summary>A String's UTF-8 bytes; empty where it is null.</summary>
    public ReadOnlySpan<byte> String()
    {
        var bytes = ByteString();
        if (!bytes.IsEmpty && !Utf8.IsValid(bytes)) HasBadText = true;
        return bytes;
    }

    /// <summary>An array's length; 0 where it is null. More elements than there are bytes left are a fault.</summary>
    public int ArrayLength()
    {
        var length = Int32();
        if (length <= 0)
        {
            if (length < -1) Fail(EncodingFault.Invalid);
            return 0;
        }

        if (length <= Remaining) return length;
        Fail(EncodingFault.TooShort);
        return 0;
    }

    /// <summary>A NodeId (Part 6 §5.2.2.9).</summary>
    public NodeIdView NodeId()
    {
        var encoding = Byte();
        if (encoding == 0) return NodeIdView.FromNumber(0, Byte());
        if (encoding == 1)
        {
            var space = Byte();
            return NodeIdView.FromNumber(space, UInt16());
        }

        return LongNodeId(encoding);
    }

    /// <summary>An ExpandedNodeId (§5.2.2.10); namespace URI and server index are read over.</summary>
    public NodeIdView ExpandedNodeId()
    {
        var encoding = Byte();
        var node = LongNodeId((byte)(encoding & 0x3F));
        if ((encoding & 0x80) != 0) String();
        if ((encoding & 0x40) != 0) UInt32();
        return node;
    }

    /// <summary>A QualifiedName (§5.2.2.13): its text.</summary>
    public ReadOnlySpan<byte> QualifiedName()
    {
        UInt16();
        return String();
    }

    /// <summary>A LocalizedText (§5.2.2.14): its text.</summary>
    public ReadOnlySpan<byte> LocalizedText()
    {
        var mask = Byte();
        if (mask > 3) Fail(EncodingFault.Invalid);
        if ((mask & 1) != 0) String();
        return (mask & 2) != 0 ? String() : default;
    }

    /// <summary>An ExtensionObject (§5.2.2.15): its type and its body, empty where it has none.</summary>
    public ReadOnlySpan<byte> ExtensionObject(out NodeIdView type, out byte encoding)
    {
        type = NodeId();
        encoding = Byte();
        if (encoding == 0) return default;
        if (encoding <= 2) return ByteString();
        Fail(EncodingFault.Invalid);
        return default;
    }

    /// <summary>A DataValue (§5.2.2.17); the place of its value, and its status.</summary>
    public void DataValue(out int valueAt, out int valueLength, out uint status, int depth = 0)
    {
        var mask = Byte();
        valueAt = _at;
        status = 0;
        if ((mask & 1) != 0) Variant(depth + 1);
        valueLength = _at - valueAt;
        if ((mask & 2) != 0) status = UInt32();
        var rest = (mask & 0x04) * 2 + (mask & 0x10) / 8 + (mask & 0x08) + (mask & 0x20) / 16;
        if (rest != 0) Skip(rest);
        if ((mask & 0xC0) != 0) Fail(EncodingFault.Invalid);
    }

    /// <summary>Reads over a DataValue.</summary>
    public void DataValue(int depth = 0) => DataValue(out _, out _, out _, depth);

    /// <summary>Reads over a Variant (§5.2.2.16).</summary>
    public void Variant(int depth = 0)
    {
        var encoding = Byte();
        var type = encoding & 0x3F;
        if ((encoding & 0xC0) == 0)
        {
            // 25 and below are the built-in types; 26 to 31 are to be read as ByteStrings.
            var size = BuiltIn.FixedSize(type);
            if (size >= 0) Skip(size);
            else if (type == BuiltIn.Variant) Fail(EncodingFault.Invalid);
            else Value(type, depth);
            return;
        }

        VariantArray(encoding, type, depth);
    }

    /// <summary>Reads over a DiagnosticInfo (§5.2.2.12).</summary>
    public void DiagnosticInfo()
    {
        for (var depth = 0; ; depth++)
        {
            if (depth > MaximumNesting)
            {
                Fail(EncodingFault.TooDeep);
                return;
            }

            var mask = Byte();
            if (mask == 0) return;
            if ((mask & 0x80) != 0) Fail(EncodingFault.Invalid);
            Skip((mask & 1) * 4 + (mask & 2) * 2 + (mask & 4) + (mask & 8) / 2);
            if ((mask & 0x10) != 0) String();
            if ((mask & 0x20) != 0) UInt32();
            if ((mask & 0x40) == 0 || Failed) return;
        }
    }

    /// <summary>Reads over a value of a built-in type.</summary>
    public void Value(int type, int depth)
    {
        var size = BuiltIn.FixedSize(type);
        if (size >= 0)
        {
            Skip(size);
            return;
        }

        if (depth > MaximumNesting)
        {
            Fail(EncodingFault.TooDeep);
            return;
        }

        switch (type)
        {
            case BuiltIn.String:
            case BuiltIn.XmlElement:
                String();
                break;
            case BuiltIn.NodeId:
                NodeId();
                break;
            case BuiltIn.ExpandedNodeId:
                ExpandedNodeId();
                break;
            case BuiltIn.QualifiedName:
                QualifiedName();
                break;
            case BuiltIn.LocalizedText:
                LocalizedText();
                break;
            case BuiltIn.ExtensionObject:
                ExtensionObject(out _, out _);
                break;
            case BuiltIn.DataValue:
                DataValue(depth + 1);
                break;
            case BuiltIn.Variant:
                Variant(depth + 1);
                break;
            case BuiltIn.DiagnosticInfo:
                DiagnosticInfo();
                break;
            case <= BuiltIn.Last:
                ByteString();
                break;
            default:
                Fail(EncodingFault.Invalid);
                break;
        }
    }

    /// <summary>Notes a fault found by who reads.</summary>
    public void Fail(EncodingFault fault)
    {
        if (Fault == EncodingFault.None) Fault = fault;
        _at = _data.Length;
    }

    private void VariantArray(int encoding, int type, int depth)
    {
        if ((encoding & 0x80) == 0 || type == 0)
        {
            // Dimensions without an array, or an array of nothing.
            Fail(EncodingFault.Invalid);
            return;
        }

        var length = Int32();
        if (length < -1) Fail(EncodingFault.Invalid);
        if (length > Remaining) Fail(EncodingFault.TooShort);
        var size = BuiltIn.FixedSize(type);
        if (size >= 0)
        {
            if (length > 0)
            {
                if ((long)length * size > Remaining) Fail(EncodingFault.TooShort);
                else Skip(length * size);
            }
        }
        else
        {
            for (var index = 0; index < length && !Failed; index++) Value(type, depth);
        }

        if ((encoding & 0x40) == 0) return;
        var dimensions = ArrayLength();
        long product = 1;
        for (var index = 0; index < dimensions && !Failed; index++)
        {
            var one = Int32();
            product = one < 0 || product > int.MaxValue ? -1 : product * one;
        }

        if (!Failed && dimensions > 0 && product != Math.Max(length, 0)) Fail(EncodingFault.Invalid);
    }

    private NodeIdView LongNodeId(byte encoding)
    {
        switch (encoding)
        {
            case 0:
                return NodeIdView.FromNumber(0, Byte());
            case 1:
                var shortSpace = Byte();
                return NodeIdView.FromNumber(shortSpace, UInt16());
            case 2:
                var space = UInt16();
                return NodeIdView.FromNumber(space, UInt32());
            case 3:
                var textSpace = UInt16();
                var text = String();
                return new NodeIdView(NodeIdKind.Text, textSpace, 0, _at - text.Length, text.Length);
            case 4:
                var guidSpace = UInt16();
                Skip(16);
                return Failed ? default : new NodeIdView(NodeIdKind.Guid, guidSpace, 0, _at - 16, 16);
            case 5:
                var opaqueSpace = UInt16();
                var bytes = ByteString();
                return new NodeIdView(NodeIdKind.Opaque, opaqueSpace, 0, _at - bytes.Length, bytes.Length);
            default:
                Fail(EncodingFault.Invalid);
                return default;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        var at = _at;
        if ((uint)count > (uint)(_data.Length - at))
        {
            Fail(EncodingFault.TooShort);
            bytes = default;
            return false;
        }

        bytes = _data.Slice(at, count);
        _at = at + count;
        return true;
    }
}
