using System.Text.Json;

namespace OtGuard.Collectors.Dissection;

/// <summary>Writes dissected frames as JSON: the members that command line and web API share.</summary>
public static class DissectedFrameJson
{
    /// <summary>Writes the members of a frame into an object that was begun.</summary>
    public static void WriteMembers(Utf8JsonWriter writer, DissectedFrame frame)
    {
        writer.WriteNumber("frame", frame.Number);
        writer.WriteString("time", frame.Time.ToString());
        writer.WriteNumber("linkType", frame.LinkType.Value);
        writer.WriteNumber("originalLength", frame.OriginalLength);
        writer.WriteString("sender", frame.Sender);
        writer.WriteString("receiver", frame.Receiver);
        writer.WriteString("protocol", frame.Protocol);
        writer.WriteString("description", frame.Description);
        writer.WriteString("data", Convert.ToHexStringLower(frame.Data.Span));
        writer.WriteStartArray("messages");
        foreach (var message in frame.Messages)
        {
            writer.WriteStartObject();
            writer.WriteString("layer", message.Layer);
            writer.WriteStartArray("frames");
            foreach (var number in message.Frames) writer.WriteNumberValue(number);
            writer.WriteEndArray();
            writer.WriteBoolean("complete", message.IsComplete);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("fields");
        foreach (var field in frame.Fields) Write(writer, field);
        writer.WriteEndArray();
        writer.WriteNumber("fieldsLeftOut", frame.FieldsLeftOut);
    }

    /// <summary>The fault's name in machine-readable output; null for none.</summary>
    public static string? NameOf(FieldFault fault) => fault switch
    {
        FieldFault.None => null,
        FieldFault.CutOff => "cut-off",
        FieldFault.Malformed => "malformed",
    };

    private static void Write(Utf8JsonWriter writer, DissectedField field)
    {
        writer.WriteStartObject();
        writer.WriteString("layer", field.Layer);
        writer.WriteString("name", field.Name);
        writer.WriteString("value", field.Value);
        writer.WriteNumber("offset", field.Offset);
        writer.WriteNumber("length", field.Length);
        if (!field.Mask.IsEmpty) writer.WriteString("mask", Convert.ToHexStringLower(field.Mask.Span));
        if (field.IsPart) writer.WriteBoolean("part", true);
        if (NameOf(field.Fault) is { } fault) writer.WriteString("fault", fault);
        writer.WriteEndObject();
    }
}
