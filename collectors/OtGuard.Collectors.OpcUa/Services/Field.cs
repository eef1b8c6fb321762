using OtGuard.Collectors.OpcUa.Types;

namespace OtGuard.Collectors.OpcUa.Services;

/// <summary>How a field is encoded.</summary>
internal enum FieldKind : byte
{
    Boolean,
    Byte,
    Int32,
    UInt32,
    Int64,
    Double,
    DateTime,
    String,
    ByteString,
    NodeId,
    ExpandedNodeId,
    StatusCode,
    QualifiedName,
    LocalizedText,
    ExtensionObject,
    Variant,
    DataValue,
    DiagnosticInfo,

    /// <summary>A structure of <see cref="Field.Members"/>.</summary>
    Structure,
}

/// <summary>What a field means for the observation of the operation it belongs to.</summary>
internal enum FieldRole : byte
{
    None,

    /// <summary>The node the operation is about.</summary>
    Node,

    /// <summary>The node the operation is about, as the first field inside an ExtensionObject.</summary>
    NodeInside,

    /// <summary>The node the operation is about where there is no other.</summary>
    NodeInstead,

    /// <summary>The object whose method is called.</summary>
    Object,

    /// <summary>The attribute of the node.</summary>
    Attribute,

    /// <summary>What is written or was read: a DataValue, a Variant.</summary>
    Value,

    /// <summary>How the operation ended.</summary>
    Status,

    /// <summary>The subscription the operations of the message belong to.</summary>
    Subscription,

    /// <summary>The client's number for a monitored item, by which notifications name it.</summary>
    Handle,

    /// <summary>The server's number for a monitored item.</summary>
    Identifier,
}

/// <summary>A field of a message or structure: its name in the standard and how it is encoded.</summary>
internal sealed class Field
{
    public Field(string name, FieldKind kind, FieldRole role = FieldRole.None) => (Name, Kind, Role) = (name, kind, role);

    /// <summary>The standard's name, with a small first letter.</summary>
    public string Name { get; }

    public FieldKind Kind { get; }

    public FieldRole Role { get; }

    public bool IsArray { get; private init; }

    /// <summary>The fields of a <see cref="FieldKind.Structure"/>.</summary>
    public Field[] Members { get; private init; } = [];

    public static Field ArrayOf(string name, FieldKind kind, FieldRole role = FieldRole.None) =>
        new(name, kind, role) { IsArray = true };

    public static Field ArrayOf(string name, Field[] members) =>
        new(name, FieldKind.Structure) { IsArray = true, Members = members };

    public static Field Of(string name, Field[] members) => new(name, FieldKind.Structure) { Members = members };
}

/// <summary>What was found of an operation while its fields were read; places are those of the reader's span.</summary>
internal struct ItemFacts
{
    public NodeIdView Node;
    public NodeIdView Object;
    public uint Attribute;
    public bool HasAttribute;
    public uint Status;
    public bool HasStatus;
    public int ValueAt;
    public int ValueLength;
    public int ValueCount;
    public uint Subscription;
    public uint Handle;
    public uint Identifier;
}

/// <summary>Reads over fields as their descriptions say.</summary>
internal static class FieldReader
{
    /// <summary>Reads over fields and notes what they say of the operation.</summary>
    public static void Read(ref UaReader reader, Field[] fields, ref ItemFacts facts)
    {
        foreach (var field in fields)
        {
            if (field.IsArray)
            {
                if (field.Role == FieldRole.Value) Values(ref reader, field, ref facts);
                else Array(ref reader, field);
                continue;
            }

            switch (field.Role)
            {
                case FieldRole.None:
                    One(ref reader, field);
                    break;
                case FieldRole.Node:
                    facts.Node = Node(ref reader, field);
                    break;
                case FieldRole.NodeInstead:
                    var node = Node(ref reader, field);
                    if (facts.Node.IsNull) facts.Node = node;
                    break;
                case FieldRole.Object:
                    facts.Object = Node(ref reader, field);
                    break;
                case FieldRole.Attribute:
                    facts.Attribute = reader.UInt32();
                    facts.HasAttribute = true;
                    break;
                case FieldRole.Status:
                    facts.Status = reader.UInt32();
                    facts.HasStatus = true;
                    break;
                case FieldRole.Subscription:
                    facts.Subscription = reader.UInt32();
                    break;
                case FieldRole.Handle:
                    facts.Handle = reader.UInt32();
                    break;
                case FieldRole.Identifier:
                    facts.Identifier = reader.UInt32();
                    break;
                case FieldRole.Value:
                    Value(ref reader, field, ref facts);
                    break;
                case FieldRole.NodeInside:
                    var body = reader.ExtensionObject(out _, out _);
                    var inside = new UaReader(body);
                    facts.Node = inside.NodeId();
                    // The node's place counts from the ExtensionObject's body: shift it to the reader's span.
                    var bodyAt = reader.Position - body.Length;
                    if (facts.Node.Length > 0) facts.Node = facts.Node with { At = facts.Node.At + bodyAt };
                    break;
            }
        }
    }

    /// <summary>Reads over fields.</summary>
    public static void Read(ref UaReader reader, Field[] fields)
    {
        foreach (var field in fields)
        {
            if (field.IsArray) Array(ref reader, field);
            else One(ref reader, field);
        }
    }

    /// <summary>Reads over one field that is no array, or one element of one that is.</summary>
    public static void One(ref UaReader reader, Field field)
    {
        switch (field.Kind)
        {
            case FieldKind.Boolean:
            case FieldKind.Byte:
                reader.Byte();
                break;
            case FieldKind.Int32:
            case FieldKind.UInt32:
            case FieldKind.StatusCode:
                reader.UInt32();
                break;
            case FieldKind.Int64:
            case FieldKind.Double:
            case FieldKind.DateTime:
                reader.Skip(8);
                break;
            case FieldKind.String:
                reader.String();
                break;
            case FieldKind.ByteString:
                reader.ByteString();
                break;
            case FieldKind.NodeId:
                reader.NodeId();
                break;
            case FieldKind.ExpandedNodeId:
                reader.ExpandedNodeId();
                break;
            case FieldKind.QualifiedName:
                reader.QualifiedName();
                break;
            case FieldKind.LocalizedText:
                reader.LocalizedText();
                break;
            case FieldKind.ExtensionObject:
                reader.ExtensionObject(out _, out _);
                break;
            case FieldKind.Variant:
                reader.Variant();
                break;
            case FieldKind.DataValue:
                reader.DataValue();
                break;
            case FieldKind.DiagnosticInfo:
                reader.DiagnosticInfo();
                break;
            case FieldKind.Structure:
                Read(ref reader, field.Members);
                break;
        }
    }

    private static void Array(ref UaReader reader, Field field)
    {
        var length = reader.ArrayLength();
        for (var index = 0; index < length && !reader.Failed; index++) One(ref reader, field);
    }

    private static NodeIdView Node(ref UaReader reader, Field field) =>
        field.Kind == FieldKind.ExpandedNodeId ? reader.ExpandedNodeId() : reader.NodeId();

    private static void Value(ref UaReader reader, Field field, ref ItemFacts facts)
    {
        if (field.Kind == FieldKind.DataValue)
        {
            reader.DataValue(out facts.ValueAt, out facts.ValueLength, out facts.Status);
        }
        else
        {
            facts.ValueAt = reader.Position;
            One(ref reader, field);
            facts.ValueLength = reader.Position - facts.ValueAt;
        }

        facts.ValueCount = facts.ValueLength > 0 ? 1 : 0;
    }

    /// <summary>An array of Variants: the place of the first, how many there are.</summary>
    private static void Values(ref UaReader reader, Field field, ref ItemFacts facts)
    {
        facts.ValueCount = reader.ArrayLength();
        facts.ValueAt = reader.Position;
        for (var index = 0; index < facts.ValueCount && !reader.Failed; index++) One(ref reader, field);
        facts.ValueLength = reader.Position - facts.ValueAt;
    }
}
