namespace OtGuard.Collectors.OpcUa.Types;

/// <summary>The built-in types by their numbers (OPC UA Part 6 v1.05 §5.1.2).</summary>
internal static class BuiltIn
{
    public const int Boolean = 1;
    public const int SByte = 2;
    public const int Byte = 3;
    public const int Int16 = 4;
    public const int UInt16 = 5;
    public const int Int32 = 6;
    public const int UInt32 = 7;
    public const int Int64 = 8;
    public const int UInt64 = 9;
    public const int Float = 10;
    public const int Double = 11;
    public const int String = 12;
    public const int DateTime = 13;
    public const int Guid = 14;
    public const int ByteString = 15;
    public const int XmlElement = 16;
    public const int NodeId = 17;
    public const int ExpandedNodeId = 18;
    public const int StatusCode = 19;
    public const int QualifiedName = 20;
    public const int LocalizedText = 21;
    public const int ExtensionObject = 22;
    public const int DataValue = 23;
    public const int Variant = 24;
    public const int DiagnosticInfo = 25;

    /// <summary>The last number a Variant may have; those above <see cref="DiagnosticInfo"/> are read as ByteStrings.</summary>
    public const int Last = 31;

    private static readonly string[] Names =
    [
        "Null", "Boolean", "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double",
        "String", "DateTime", "Guid", "ByteString", "XmlElement", "NodeId", "ExpandedNodeId", "StatusCode",
        "QualifiedName", "LocalizedText", "ExtensionObject", "DataValue", "Variant", "DiagnosticInfo",
    ];

    private static ReadOnlySpan<sbyte> Sizes =>
        [0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, -1, 8, 16, -1, -1, -1, -1, 4, -1, -1, -1, -1, -1, -1];

    /// <summary>Bytes of a value where the type fixes them, else -1. Type 0 (null) has none.</summary>
    public static int FixedSize(int type) => (uint)type < (uint)Sizes.Length ? Sizes[type] : -1;

    /// <summary>The type's name.</summary>
    public static string Name(int type) => (uint)type < (uint)Names.Length ? Names[type] : "ByteString";
}
