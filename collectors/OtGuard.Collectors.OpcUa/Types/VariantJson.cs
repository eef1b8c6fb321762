using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OtGuard.Collectors.OpcUa.Types;

/// <summary>Values of the built-in types as JSON.</summary>
/// <remarks>
/// Plain JSON: numbers as numbers (what JSON has no number for as text), 64-bit numbers too, DateTime as RFC 3339,
/// ByteStrings and opaque bodies as hexadecimal, a matrix as one array in its order.
/// </remarks>
internal static class VariantJson
{
    /// <summary>Nesting written; deeper values become null. JSON writers stop at 1000 levels.</summary>
    private const int MaximumDepth = UaReader.MaximumNesting;

    /// <summary>A Variant's value, null for none.</summary>
    public static void Write(Utf8JsonWriter writer, ref UaReader reader, int depth = 0)
    {
        var encoding = reader.Byte();
        var type = encoding & 0x3F;
        if (reader.Failed || type == 0)
        {
            writer.WriteNullValue();
            return;
        }

        if ((encoding & 0x80) == 0)
        {
            Value(writer, ref reader, type, depth);
            return;
        }

        var length = Math.Min(reader.Int32(), reader.Remaining);
        writer.WriteStartArray();
        for (var index = 0; index < length && !reader.Failed; index++) Value(writer, ref reader, type, depth);
        writer.WriteEndArray();
        if ((encoding & 0x40) == 0) return;
        var dimensions = reader.ArrayLength();
        reader.Skip(Math.Min(dimensions, reader.Remaining / 4) * 4);
    }

    /// <summary>A value of a built-in type.</summary>
    public static void Value(Utf8JsonWriter writer, ref UaReader reader, int type, int depth)
    {
        if (depth > MaximumDepth || reader.Failed)
        {
            writer.WriteNullValue();
            reader.Fail(EncodingFault.TooDeep);
            return;
        }

        switch (type)
        {
            case BuiltIn.Boolean:
                writer.WriteBooleanValue(reader.Boolean());
                break;
            case BuiltIn.SByte:
                writer.WriteNumberValue((sbyte)reader.Byte());
                break;
            case BuiltIn.Byte:
                writer.WriteNumberValue(reader.Byte());
                break;
            case BuiltIn.Int16:
                writer.WriteNumberValue((short)reader.UInt16());
                break;
            case BuiltIn.UInt16:
                writer.WriteNumberValue(reader.UInt16());
                break;
            case BuiltIn.Int32:
                writer.WriteNumberValue(reader.Int32());
                break;
            case BuiltIn.UInt32:
                writer.WriteNumberValue(reader.UInt32());
                break;
            case BuiltIn.Int64:
                writer.WriteNumberValue(reader.Int64());
                break;
            case BuiltIn.UInt64:
                writer.WriteNumberValue(reader.UInt64());
                break;
            case BuiltIn.Float:
                WriteSingle(writer, reader.Single());
                break;
            case BuiltIn.Double:
                WriteDouble(writer, reader.Double());
                break;
            case BuiltIn.String:
            case BuiltIn.XmlElement:
                writer.WriteStringValue(Encoding.UTF8.GetString(reader.String()));
                break;
            case BuiltIn.DateTime:
                WriteDateTime(writer, reader.Int64());
                break;
            case BuiltIn.Guid:
                var guid = reader.Bytes(16);
                if (guid.Length == 16) writer.WriteStringValue(new Guid(guid));
                else writer.WriteNullValue();
                break;
            case BuiltIn.NodeId:
                writer.WriteStringValue(reader.NodeId().ToText(reader.Data));
                break;
            case BuiltIn.ExpandedNodeId:
                writer.WriteStringValue(reader.ExpandedNodeId().ToText(reader.Data));
                break;
            case BuiltIn.StatusCode:
                writer.WriteStringValue(StatusCodes.Name(reader.UInt32()));
                break;
            case BuiltIn.QualifiedName:
                var space = reader.UInt16();
                var name = Encoding.UTF8.GetString(reader.String());
                writer.WriteStringValue(space == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{space}:{name}"));
                break;
            case BuiltIn.LocalizedText:
                writer.WriteStringValue(Encoding.UTF8.GetString(reader.LocalizedText()));
                break;
            case BuiltIn.ExtensionObject:
                WriteExtensionObject(writer, ref reader);
                break;
            case BuiltIn.DataValue:
                WriteDataValue(writer, ref reader, depth + 1);
                break;
            case BuiltIn.Variant:
                Write(writer, ref reader, depth + 1);
                break;
            case BuiltIn.DiagnosticInfo:
                reader.DiagnosticInfo();
                writer.WriteNullValue();
                break;
            default:
                WriteBytes(writer, reader.ByteString());
                break;
        }
    }

    /// <summary>A number, or a text where JSON has no number for it.</summary>
    public static void WriteDouble(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>100 ns since 1601 as RFC 3339; null for "no time".</summary>
    /// <remarks>Part 6 v1.05 §5.2.2.5: the ends of the range stand for times before and after it.</remarks>
    public static void WriteDateTime(Utf8JsonWriter writer, long ticks)
    {
        var start = new DateTime(1601, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        if (ticks <= 0 || ticks > DateTime.MaxValue.Ticks - start.Ticks) writer.WriteNullValue();
        else writer.WriteStringValue(start.AddTicks(ticks));
    }

    /// <summary>Bytes as hexadecimal.</summary>
    public static void WriteBytes(Utf8JsonWriter writer, ReadOnlySpan<byte> bytes) =>
        writer.WriteStringValue(Convert.ToHexStringLower(bytes));

    private static void WriteSingle(Utf8JsonWriter writer, float value)
    {
        if (float.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteExtensionObject(Utf8JsonWriter writer, ref UaReader reader)
    {
        var body = reader.ExtensionObject(out var type, out var encoding);
        writer.WriteStartObject();
        writer.WriteString("typeId", type.ToText(reader.Data));
        if (encoding != 0) writer.WriteString("body", Convert.ToHexStringLower(body));
        writer.WriteEndObject();
    }

    private static void WriteDataValue(Utf8JsonWriter writer, ref UaReader reader, int depth)
    {
        var mask = reader.Byte();
        writer.WriteStartObject();
        if ((mask & 1) != 0)
        {
            writer.WritePropertyName("value");
            Write(writer, ref reader, depth + 1);
        }

        if ((mask & 2) != 0) writer.WriteString("status", StatusCodes.Name(reader.UInt32()));
        reader.Skip((mask & 0x04) * 2 + (mask & 0x10) / 8 + (mask & 0x08) + (mask & 0x20) / 16);
        writer.WriteEndObject();
    }
}
