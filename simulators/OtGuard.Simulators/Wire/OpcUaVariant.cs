using System.Runtime.CompilerServices;

namespace OtGuard.Simulators.Wire;

/// <summary>Built-in types by their number in the encoding (OPC UA Part 6 v1.05 §5.1.2).</summary>
internal enum OpcUaType : byte
{
    /// <summary>No value.</summary>
    Null = 0,

    /// <summary>Boolean.</summary>
    Boolean = 1,

    /// <summary>8 bits, signed.</summary>
    SByte = 2,

    /// <summary>8 bits.</summary>
    Byte = 3,

    /// <summary>16 bits, signed.</summary>
    Int16 = 4,

    /// <summary>16 bits.</summary>
    UInt16 = 5,

    /// <summary>32 bits, signed.</summary>
    Int32 = 6,

    /// <summary>32 bits.</summary>
    UInt32 = 7,

    /// <summary>64 bits, signed.</summary>
    Int64 = 8,

    /// <summary>64 bits.</summary>
    UInt64 = 9,

    /// <summary>IEEE 754, 32 bits.</summary>
    Float = 10,

    /// <summary>IEEE 754, 64 bits.</summary>
    Double = 11,

    /// <summary>UTF-8 text.</summary>
    String = 12,

    /// <summary>100 ns since 1601.</summary>
    DateTime = 13,

    /// <summary>A GUID.</summary>
    Guid = 14,

    /// <summary>Bytes.</summary>
    ByteString = 15,

    /// <summary>An XML element.</summary>
    XmlElement = 16,

    /// <summary>A NodeId.</summary>
    NodeId = 17,

    /// <summary>A NodeId that may name its namespace and server.</summary>
    ExpandedNodeId = 18,

    /// <summary>A StatusCode.</summary>
    StatusCode = 19,

    /// <summary>A name in a namespace.</summary>
    QualifiedName = 20,

    /// <summary>Text in a language.</summary>
    LocalizedText = 21,

    /// <summary>A structure with its type.</summary>
    ExtensionObject = 22,

    /// <summary>A value with its times and quality.</summary>
    DataValue = 23,

    /// <summary>A value of any type.</summary>
    Variant = 24,

    /// <summary>Diagnostics.</summary>
    DiagnosticInfo = 25,
}

/// <summary>
/// A value of any built-in type: numbers as 64 bits, everything else (texts, structures, arrays) as it is encoded.
/// </summary>
/// <remarks>
/// OPC UA Part 6 v1.05 §5.2.2.16. Two values are equal where their bits are, or where they share the same encoded bytes.
/// </remarks>
internal readonly record struct OpcUaVariant
{
    private const byte ArrayBit = 0x80;

    private OpcUaVariant(byte mask, long bits, byte[]? encoded) => (Mask, Bits, Encoded) = (mask, bits, encoded);

    /// <summary>No value.</summary>
    public static OpcUaVariant Null => default;

    /// <summary>The type.</summary>
    public OpcUaType Type => (OpcUaType)(Mask & 0x3F);

    /// <summary>The number's bits: IEEE 754 for <see cref="OpcUaType.Float"/> and <see cref="OpcUaType.Double"/>.</summary>
    public long Bits { get; }

    /// <summary>True for a number, a Boolean or a time that stands alone.</summary>
    public bool IsNumber => Encoded is null && Type != OpcUaType.Null;

    /// <summary>The encoding byte: type, and whether it is an array.</summary>
    internal byte Mask { get; }

    /// <summary>What follows the encoding byte, where the value is no number.</summary>
    internal byte[]? Encoded { get; }

    /// <summary>A Boolean.</summary>
    public static OpcUaVariant Of(bool value) => new((byte)OpcUaType.Boolean, value ? 1 : 0, null);

    /// <summary>An Int16.</summary>
    public static OpcUaVariant Of(short value) => new((byte)OpcUaType.Int16, value, null);

    /// <summary>A UInt16.</summary>
    public static OpcUaVariant Of(ushort value) => new((byte)OpcUaType.UInt16, value, null);

    /// <summary>An Int32.</summary>
    public static OpcUaVariant Of(int value) => new((byte)OpcUaType.Int32, value, null);

    /// <summary>A UInt32.</summary>
    public static OpcUaVariant Of(uint value) => new((byte)OpcUaType.UInt32, value, null);

    /// <summary>A Float.</summary>
    public static OpcUaVariant Of(float value) =>
        new((byte)OpcUaType.Float, Unsafe.BitCast<float, int>(value), null);

    /// <summary>A time, in nanoseconds since 1970.</summary>
    public static OpcUaVariant Time(long unixNanoseconds) =>
        new((byte)OpcUaType.DateTime, OpcUaWriter.Ticks(unixNanoseconds), null);

    /// <summary>A number of any type by its bits.</summary>
    public static OpcUaVariant Number(OpcUaType type, long bits) => new((byte)type, bits, null);

    /// <summary>A value as it is encoded.</summary>
    public static OpcUaVariant Raw(OpcUaType type, Action<OpcUaWriter> write) => Raw((byte)type, write);

    /// <summary>An array as it is encoded behind its length.</summary>
    public static OpcUaVariant Array(OpcUaType type, int length, Action<OpcUaWriter> write) =>
        Raw((byte)((byte)type | ArrayBit), writer =>
        {
            writer.Int32(length);
            write(writer);
        });

    /// <summary>Texts.</summary>
    public static OpcUaVariant Array(params IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Array(OpcUaType.String, texts.Count, writer =>
        {
            foreach (var text in texts) writer.String(text);
        });
    }

    /// <summary>The value as a real number; NaN where it is none.</summary>
    public double ToDouble() => !IsNumber ? double.NaN : Type switch
    {
        OpcUaType.Float => Unsafe.BitCast<int, float>((int)Bits),
        OpcUaType.Double => Unsafe.BitCast<long, double>(Bits),
        _ => Bits,
    };

    internal static OpcUaVariant FromWire(byte mask, byte[] encoded) => new(mask, 0, encoded);

    private static OpcUaVariant Raw(byte mask, Action<OpcUaWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var writer = new OpcUaWriter();
        write(writer);
        return new OpcUaVariant(mask, 0, writer.Written.ToArray());
    }
}
