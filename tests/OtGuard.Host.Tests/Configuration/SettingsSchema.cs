using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using OtGuard.Host.Configuration;

namespace OtGuard.Host.Tests.Configuration;

/// <summary>
/// The JSON schema of records of settings, with the words that stand in the code's own documentation.
/// </summary>
internal static class SettingsSchema
{
    public const string TimePattern = "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$";

    public const string HourPattern = "^[0-2][0-9]:[0-5][0-9]$";

    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, string> Summaries = ReadSummaries();

    /// <summary>The schema of a record as a document.</summary>
    public static string Render(Type type, string title)
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = title,
        };
        foreach (var (key, value) in Record(type, isRoot: true)) schema[key] = value?.DeepClone();
        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Record(Type type, bool isRoot)
    {
        var properties = new JsonObject();
        if (isRoot) properties["$schema"] = new JsonObject { ["type"] = "string" };
        var required = new JsonArray();
        foreach (var setting in SettingsShape.Of(type))
        {
            var property = Of(setting.Type, setting.Rule);
            property["description"] = Summaries.GetValueOrDefault(
                $"P:{setting.Property.DeclaringType!.FullName!.Replace('+', '.')}.{setting.Property.Name}")
                ?? Summaries.GetValueOrDefault($"T:{setting.Type.FullName}") ?? "";
            properties[setting.Key] = property;
            if (setting.IsRequired) required.Add(setting.Key);
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0) schema["required"] = required;
        schema["additionalProperties"] = false;
        return schema;
    }

    private static JsonObject Of(Type type, SettingAttribute rule)
    {
        if (rule.IsSecret) return Secret();
        if (SettingsShape.ElementOf(type) is { } element)
            return new JsonObject { ["type"] = "array", ["items"] = Of(element, rule) };
        if (SettingsShape.IsRecord(type)) return Record(type, isRoot: false);
        if (type == typeof(bool)) return new JsonObject { ["type"] = "boolean" };
        if (type.IsEnum)
            return new JsonObject
            {
                ["type"] = "string",
                ["enum"] = new JsonArray([.. SettingsShape.WordsOf(type).Select(word => JsonValue.Create(word))]),
            };
        if (type == typeof(TimeSpan)) return new JsonObject { ["type"] = "string", ["pattern"] = TimePattern };
        if (type == typeof(DateTimeOffset)) return new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        if (type == typeof(TimeOnly)) return new JsonObject { ["type"] = "string", ["pattern"] = HourPattern };
        if (type == typeof(Uri)) return new JsonObject { ["type"] = "string", ["format"] = "uri" };
        if (type == typeof(string)) return new JsonObject { ["type"] = "string", ["minLength"] = 1 };
        var number = new JsonObject
        {
            // Sizes may be written with their unit.
            ["type"] = type == typeof(long) ? new JsonArray("integer", "string")
                : type == typeof(double) ? "number" : "integer",
            ["minimum"] = rule.Minimum,
        };
        if (rule.Maximum < double.MaxValue) number["maximum"] = rule.Maximum;
        return number;
    }

    private static JsonObject Secret()
    {
        JsonObject By(string key) => new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { [key] = new JsonObject { ["type"] = "string", ["minLength"] = 1 } },
            ["required"] = new JsonArray(key),
            ["additionalProperties"] = false,
        };
        return new JsonObject { ["oneOf"] = new JsonArray(By("file"), By("environment")) };
    }

    private static Dictionary<string, string> ReadSummaries()
    {
        var summaries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.xml"))
        {
            foreach (var member in XDocument.Load(file).Descendants("member"))
            {
                if (member.Element("summary") is not { } summary) continue;
                var text = string.Concat(summary.DescendantNodes().Select(node => node switch
                {
                    XText plain => plain.Value,
                    XElement { Name.LocalName: "see" or "paramref" } see => Last(see),
                    _ => "",
                }));
                summaries[member.Attribute("name")!.Value] = string.Join(
                    ' ', text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return summaries;
    }

    private static string Last(XElement see)
    {
        var name = (see.Attribute("cref") ?? see.Attribute("name"))?.Value.Split('.', ':')[^1] ?? "";
        return JsonNamingPolicy.CamelCase.ConvertName(name);
    }
}
