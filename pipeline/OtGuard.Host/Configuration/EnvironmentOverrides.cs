using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OtGuard.Host.Configuration;

/// <summary>
/// Settings given by environment variables, which outweigh the file: <c>OTGUARD_HTTP__PORT=9000</c> is
/// <c>http.port</c>, <c>OTGUARD_SINKS__MAIL__0__HOST</c> the host of the first mail server. Case does not matter.
/// </summary>
internal static class EnvironmentOverrides
{
    private const string Prefix = "OTGUARD_";
    private const string Divider = "__";

    /// <summary>Puts the settings of the environment into the tree of the file.</summary>
    public static void Apply(
        JsonObject root, Type type, IReadOnlyDictionary<string, string> environment, SettingsReader reader)
    {
        foreach (var (name, value) in environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) continue;
            var rest = name[Prefix.Length..].ToUpperInvariant();
            // A single word that is no setting is a variable of another verb, or of a test.
            if (!rest.Contains(Divider, StringComparison.Ordinal) && !IsSetting(type, rest)) continue;
            Set(root, type, rest.Split(Divider), name, value, reader);
        }
    }

    private static bool IsSetting(Type type, string name) => SettingsShape.Of(type).Any(
        setting => string.Equals(setting.Key, name, StringComparison.OrdinalIgnoreCase)
            && !SettingsShape.IsRecord(setting.Type));

    private static void Set(
        JsonObject root, Type type, string[] parts, string name, string value, SettingsReader reader)
    {
        JsonNode at = root;
        for (var i = 0; i < parts.Length; i++)
        {
            var setting = SettingsShape.Of(type)
                .FirstOrDefault(one => string.Equals(one.Key, parts[i], StringComparison.OrdinalIgnoreCase));
            if (setting is null || at is not JsonObject json)
            {
                reader.Fail(name, "There is no such setting, of which this environment variable would be the value.");
                return;
            }

            var isLast = i == parts.Length - 1;
            if (isLast)
            {
                json[setting.Key] = Value(setting, name, value);
                return;
            }

            if (setting.ElementType is { } element && SettingsShape.IsRecord(element))
            {
                at = json[setting.Key] ??= new JsonArray();
                if (at is not JsonArray items
                    || !int.TryParse(parts[++i], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    || index > items.Count)
                {
                    reader.Fail(name, $"{setting.Key} is a list: its next number, from 0, belongs into the name.");
                    return;
                }

                if (index == items.Count) items.Add((JsonNode)new JsonObject());
                at = items[index]!;
                type = element;
                if (i == parts.Length - 1)
                {
                    reader.Fail(name, "This names an object; the name of a setting of it belongs behind it.");
                    return;
                }
            }
            else
            {
                at = json[setting.Key] ??= new JsonObject();
                type = setting.Type;
            }
        }
    }

    private static JsonNode? Value(Setting setting, string name, string value)
    {
        // Named, not copied: the reader takes it from the environment itself, and no fault can show it.
        if (setting.Rule.IsSecret) return new JsonObject { ["environment"] = name };
        if (setting.ElementType is not null && !value.StartsWith('['))
            return new JsonArray(
                [.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(one => (JsonNode)JsonValue.Create(one)!)]);
        var isText = setting.Type == typeof(string) || setting.Type == typeof(TimeSpan) || setting.Type == typeof(Uri)
            || setting.Type.IsEnum;
        if (isText) return JsonValue.Create(value);
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }
}
