using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using OtGuard.Host.Live;

namespace OtGuard.Host.Configuration;

/// <summary>
/// Reads records of settings from JSON, and collects every fault there is: unknown keys, missing ones, values of the
/// wrong kind or out of range, secrets that cannot be read.
/// </summary>
/// <param name="folder">Where relative names of files start.</param>
/// <param name="environment">The environment, for secrets named by it.</param>
internal sealed class SettingsReader(string folder, IReadOnlyDictionary<string, string> environment)
{
    private const string SchemaKey = "$schema";

    private static readonly (string Suffix, double Seconds)[] Units =
        [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

    private static readonly (string Suffix, long Factor)[] Sizes =
        [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40)];

    private readonly List<ConfigurationFault> _faults = [];

    /// <summary>What was found to be wrong so far.</summary>
    public IReadOnlyList<ConfigurationFault> Faults => _faults;

    /// <summary>Reads text as JSON with comments; null where it is none, which is a fault.</summary>
    public JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(
                text, documentOptions: new JsonDocumentOptions
                {
                    CommentHandling = JsonCommentHandling.Skip,
                    AllowTrailingCommas = true,
                    AllowDuplicateProperties = false,
                });
        }
        catch (JsonException fault)
        {
            Fail("", $"This is no JSON: {fault.Message}");
            return null;
        }
    }

    /// <summary>Notes a fault.</summary>
    public void Fail(string path, string text) => _faults.Add(new ConfigurationFault(path, text));

    /// <summary>Reads a record; keys that are left out keep the values of <paramref name="defaults"/>.</summary>
    public T Read<T>(JsonNode? node, T defaults)
        where T : class => (T?)ReadRecord(typeof(T), node, "", defaults) ?? defaults;

    /// <summary>A span of time as it is written: <c>90d</c>, <c>10m</c>, <c>500ms</c>; null where it is none.</summary>
    public static TimeSpan? ParseTime(string text)
    {
        foreach (var (suffix, seconds) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)) continue;
            if (double.TryParse(
                    text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture, out var number)
                && number * seconds is > 0 and < 1e10) return TimeSpan.FromSeconds(number * seconds);
        }

        return null;
    }

    private object? ReadRecord(Type type, JsonNode? node, string path, object? defaults)
    {
        if (node is not JsonObject json)
        {
            Fail(path, $"An object belongs here, {{ … }}, not {Shown(node)}.");
            return null;
        }

        var made = type.GetConstructor(Type.EmptyTypes) is null
            ? RuntimeHelpers.GetUninitializedObject(type)
            : Activator.CreateInstance(type)!;
        var settings = SettingsShape.Of(type);
        if (defaults is not null)
            foreach (var property in type.GetProperties())
                if (property.SetMethod is not null) property.SetValue(made, property.GetValue(defaults));
        foreach (var (key, value) in json)
        {
            var at = Join(path, key);
            if (settings.FirstOrDefault(one => one.Key == key) is { } setting)
            {
                if (ReadSetting(setting, value, at, setting.Property.GetValue(made)) is { } read)
                    setting.Property.SetValue(made, read);
            }
            else if (!(path.Length == 0 && key == SchemaKey))
            {
                Fail(at, UnknownKey(key, settings));
            }
        }

        foreach (var setting in settings)
            if (setting.IsRequired && !json.ContainsKey(setting.Key))
                Fail(Join(path, setting.Key), "This is missing, and there is no default for it.");
        return made;
    }

    private object? ReadSetting(Setting setting, JsonNode? node, string path, object? defaults)
    {
        if (node is null)
        {
            Fail(path, "null is no value: leave the key out for the default.");
            return null;
        }

        if (setting.Rule.IsSecret) return ReadSecret(node, path);
        if (setting.ElementType is { } element) return ReadList(element, setting.Rule, node, path);
        return SettingsShape.IsRecord(setting.Type)
            ? ReadRecord(setting.Type, node, path, defaults)
            : ReadValue(setting.Type, setting.Rule, node, path);
    }

    private Array? ReadList(Type element, SettingAttribute rule, JsonNode node, string path)
    {
        if (node is not JsonArray items)
        {
            Fail(path, $"A list belongs here, [ … ], not {Shown(node)}.");
            return null;
        }

        var list = new List<object>();
        for (var i = 0; i < items.Count; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            var read = SettingsShape.IsRecord(element)
                ? ReadRecord(element, items[i], at, defaults: null)
                : items[i] is { } item ? ReadValue(element, rule, item, at) : null;
            if (read is not null) list.Add(read);
            else if (items[i] is null) Fail(at, "null is no value.");
        }

        var array = Array.CreateInstance(element, list.Count);
        for (var i = 0; i < list.Count; i++) array.SetValue(list[i], i);
        return array;
    }

    private object? ReadValue(Type type, SettingAttribute rule, JsonNode node, string path)
    {
        if (type == typeof(bool)) return ReadBoolean(node, path);
        if (type == typeof(int) || type == typeof(long) || type == typeof(double))
            return ReadNumber(type, rule, node, path);
        if (node is not JsonValue value || !value.TryGetValue(out string? text))
        {
            Fail(path, $"A text belongs here, in quotation marks, not {Shown(node)}.");
            return null;
        }

        if (type == typeof(TimeSpan))
        {
            if (ParseTime(text) is { } time) return time;
            Fail(path, $"'{text}' is no time: write a number and ms, s, m, h or d, as in \"30s\" or \"90d\".");
            return null;
        }

        if (type == typeof(DateTimeOffset)) return ReadMoment(text, path);
        if (type == typeof(TimeOnly)) return ReadHour(text, path);
        if (type.IsEnum) return ReadWord(type, text, path);
        if (type == typeof(Uri)) return ReadUri(text, path);
        if (string.IsNullOrWhiteSpace(text))
        {
            Fail(path, "This is empty: leave the key out where there is nothing to say.");
            return null;
        }

        var isFile = rule.IsPath || (rule.IsSource && !LiveAddress.IsLive(text));
        return isFile ? Path.GetFullPath(text, folder) : text;
    }

    private bool? ReadBoolean(JsonNode node, string path)
    {
        if (node is JsonValue value && value.TryGetValue(out bool flag)) return flag;
        Fail(path, $"true or false belongs here, not {Shown(node)}.");
        return null;
    }

    private object? ReadNumber(Type type, SettingAttribute rule, JsonNode node, string path)
    {
        double number;
        if (node is JsonValue value && value.TryGetValue(out string? text) && type == typeof(long)
            && ParseSize(text) is { } size)
        {
            number = size;
        }
        else if (node is JsonValue plain && plain.TryGetValue(out double read))
        {
            number = read;
        }
        else
        {
            Fail(path, $"A number belongs here, not {Shown(node)}.");
            return null;
        }

        if (number < rule.Minimum || number > rule.Maximum)
        {
            Fail(path, rule.Maximum == double.MaxValue
                ? string.Create(CultureInfo.InvariantCulture, $"{number} is too little: {rule.Minimum} at least.")
                : string.Create(
                    CultureInfo.InvariantCulture, $"{number} is none of {rule.Minimum} to {rule.Maximum}."));
            return null;
        }

        if (type != typeof(double)
            && (number != Math.Floor(number) || number > (type == typeof(int) ? int.MaxValue : long.MaxValue / 2)))
        {
            Fail(path, string.Create(CultureInfo.InvariantCulture, $"A whole number belongs here, not {number}."));
            return null;
        }

        return Convert.ChangeType(number, type, CultureInfo.InvariantCulture);
    }

    private Enum? ReadWord(Type type, string text, string path)
    {
        foreach (var member in Enum.GetValues(type).Cast<Enum>())
            if (SettingsShape.WordOf(member) == text) return member;
        Fail(path, $"'{text}' is none of {string.Join(", ", SettingsShape.WordsOf(type))}.");
        return null;
    }

    private DateTimeOffset? ReadMoment(string text, string path)
    {
        // Without an offset it would mean another moment on each machine.
        var hour = text.IndexOf('T', StringComparison.Ordinal);
        if (hour > 0 && (text[^1] == 'Z' || text.LastIndexOfAny(['+', '-']) > hour)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var moment)) return moment;
        Fail(path, $"'{text}' is no moment: write 2026-01-02T03:04:05Z, or with an offset, 2026-01-02T04:04:05+01:00.");
        return null;
    }

    private TimeOnly? ReadHour(string text, string path)
    {
        if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None,
            out var hour)) return hour;
        Fail(path, $"'{text}' is no time of day, as in 06:30.");
        return null;
    }

    private Uri? ReadUri(string text, string path)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        {
            if (uri.UserInfo.Length == 0) return uri;
            Fail(path, "User and password do not stand in an address, where logs would show them: they are settings.");
            return null;
        }

        Fail(path, $"'{text}' is no web address, as in http://127.0.0.1:8086.");
        return null;
    }

    private string? ReadSecret(JsonNode node, string path)
    {
        // Nothing here repeats what was written: a password given in clear must not reach a log.
        if (node is JsonObject json && json.Count == 1)
        {
            var (kind, value) = json.First();
            if (value is JsonValue text && text.TryGetValue(out string? name))
            {
                if (kind == "file") return ReadSecretFile(Path.GetFullPath(name, folder), path);
                if (kind == "environment")
                {
                    if (environment.TryGetValue(name, out var secret) && secret.Length > 0) return secret;
                    Fail(path, $"The environment variable {name} is not set.");
                    return null;
                }
            }
        }

        Fail(path, "A secret does not stand in the configuration: name the file or the environment variable that holds "
            + "it, {\"file\": \"/etc/otguard/secret\"} or {\"environment\": \"NAME\"}.");
        return null;
    }

    private string? ReadSecretFile(string file, string path)
    {
        try
        {
            var secret = File.ReadAllText(file).TrimEnd('\r', '\n');
            if (secret.Length > 0) return secret;
            Fail(path, $"The file '{file}' is empty.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Fail(path, $"The secret cannot be read: {fault.Message}");
        }

        return null;
    }

    private static string UnknownKey(string key, IReadOnlyList<Setting> settings)
    {
        var nearest = settings.MinBy(setting => Distance(setting.Key, key));
        return nearest is not null && Distance(nearest.Key, key) <= Math.Max(2, key.Length / 3)
            ? $"There is no such setting. Is '{nearest.Key}' meant?"
            : $"There is no such setting; there are {string.Join(", ", settings.Select(setting => setting.Key))}.";
    }

    /// <summary>Letters to change, add or leave out to make one word of the other (Levenshtein).</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var cost = char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(diagonal + cost, Math.Min(row[j], row[j - 1]) + 1));
            }
        }

        return row[^1];
    }

    private static long? ParseSize(string text)
    {
        foreach (var (suffix, factor) in Sizes)
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(
                    text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture, out var number))
                return (long)(number * factor);
        return null;
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string Shown(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject => "an object",
        JsonArray => "a list",
        var value => value.ToJsonString(),
    };
}
