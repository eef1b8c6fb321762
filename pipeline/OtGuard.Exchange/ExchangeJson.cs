using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using OtGuard.Alerting;

namespace OtGuard.Exchange;

/// <summary>How files of the exchange folder and records of cases are written: camelCase, words for enums.</summary>
public static class ExchangeJson
{
    /// <summary>For files: what is not known is a fault, so that a mistyped key is not a setting left out.</summary>
    public static JsonSerializerOptions Files { get; } = Create(JsonUnmappedMemberHandling.Disallow, indented: true);

    /// <summary>For records of the store: what a newer version added is passed over.</summary>
    public static JsonSerializerOptions Records { get; } = Create(JsonUnmappedMemberHandling.Skip, indented: false);

    /// <summary>How JSON that leaves is laid out: indented, text as it is.</summary>
    public static JsonSerializerOptions Outgoing { get; } = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a file of the exchange folder.</summary>
    /// <exception cref="ExchangeFormatException">It is missing or something else; the message names it.</exception>
    public static T ReadFile<T>(string path)
    {
        try
        {
            return Parse<T>(File.ReadAllText(path), Path.GetFileName(path));
        }
        catch (IOException fault)
        {
            throw new ExchangeFormatException($"'{path}' cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>Reads text that is a file of the exchange folder.</summary>
    /// <exception cref="ExchangeFormatException">It is something else; the message names it.</exception>
    public static T Parse<T>(string text, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Files)
                ?? throw new ExchangeFormatException($"{name} holds null where an object belongs.");
        }
        catch (JsonException fault)
        {
            throw new ExchangeFormatException($"{name}: {fault.Message}", fault);
        }
    }

    private static JsonSerializerOptions Create(JsonUnmappedMemberHandling unmapped, bool indented)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = unmapped,
            WriteIndented = indented,
            NewLine = "\n",
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            ReadCommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
        };
        // Times of capture and ranges of frames as the alerts have them.
        foreach (var converter in AlertingJson.Options.Converters) options.Converters.Add(converter);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
