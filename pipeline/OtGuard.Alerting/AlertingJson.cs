using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using OtGuard.Collectors;

namespace OtGuard.Alerting;

/// <summary>
/// How deviations, alerts and incidents are written as JSON: camelCase, words for states, RFC 3339 for times.
/// </summary>
public static class AlertingJson
{
    /// <summary>The options of every record of this project. Read-only.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>One line of JSON.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException(
            "The text is null where an object belongs.");

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            // Plain text in files and logs; nothing here is put into HTML unescaped.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.Converters.Add(new CaptureTimeConverter());
        options.Converters.Add(new FrameRangeConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Nanoseconds survive, which a <see cref="DateTimeOffset"/> has no room for.</summary>
    private sealed class CaptureTimeConverter : JsonConverter<CaptureTime>
    {
        private const int SecondsLength = 19;
        private const int FractionDigits = 9;

        public override CaptureTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.GetString() ?? "";
            if (text.Length < SecondsLength + 1 || text[^1] != 'Z'
                || !DateTime.TryParseExact(
                    text[..SecondsLength], "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var seconds))
                throw new JsonException($"'{text}' is no time in UTC.");
            var digits = text[SecondsLength..^1].TrimStart('.');
            if (digits.Length > FractionDigits || !digits.All(char.IsAsciiDigit))
                throw new JsonException($"'{text}' has no fraction of at most nine digits.");
            var fraction = digits.Length == 0
                ? 0
                : long.Parse(digits.PadRight(FractionDigits, '0'), NumberStyles.None, CultureInfo.InvariantCulture);
            return CaptureTime.FromSeconds(new DateTimeOffset(seconds).ToUnixTimeSeconds(), fraction);
        }

        public override void Write(Utf8JsonWriter writer, CaptureTime value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }

    private sealed class FrameRangeConverter : JsonConverter<FrameRange>
    {
        public override FrameRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var ends = JsonSerializer.Deserialize<long[]>(ref reader, options);
            return ends is { Length: 2 } ? new FrameRange(ends[0], ends[1])
                : throw new JsonException("A range of frames has two ends.");
        }

        public override void Write(Utf8JsonWriter writer, FrameRange value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(value.First);
            writer.WriteNumberValue(value.Last);
            writer.WriteEndArray();
        }
    }
}
