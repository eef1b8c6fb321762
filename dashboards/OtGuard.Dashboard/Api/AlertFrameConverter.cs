using System.Text.Json;
using System.Text.Json.Serialization;
using OtGuard.Collectors.Dissection;
using OtGuard.Dashboard.Plant;

namespace OtGuard.Dashboard.Api;

/// <summary>A frame of an alert with the members that the command line gives it.</summary>
internal sealed class AlertFrameConverter : JsonConverter<AlertFrame>
{
    /// <inheritdoc/>
    public override AlertFrame Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Frames are only written.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, AlertFrame value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("source", value.Source);
        writer.WriteBoolean("concerned", value.IsConcerned);
        DissectedFrameJson.WriteMembers(writer, value.Frame);
        writer.WriteEndObject();
    }
}
