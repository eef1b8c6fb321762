using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Alerting.Sinks;
using OtGuard.Storage.Embedded;
using OtGuard.Storage.InfluxDb;

namespace OtGuard.Host.Configuration;

/// <summary>One key of an object of the configuration.</summary>
/// <param name="Key">The key.</param>
/// <param name="Property">The property it sets.</param>
/// <param name="Type">Its type, null left aside.</param>
/// <param name="IsRequired">True where it has no default.</param>
/// <param name="Rule">What it may be, beyond its type.</param>
internal sealed record Setting(string Key, PropertyInfo Property, Type Type, bool IsRequired, SettingAttribute Rule)
{
    /// <summary>What a list holds, or null where it is none.</summary>
    public Type? ElementType => SettingsShape.ElementOf(Type);
}

/// <summary>
/// The keys that records of settings have: their public properties. The reader binds by this and the schema is written
/// from it, so that the two cannot differ.
/// </summary>
internal static class SettingsShape
{
    private static readonly SettingAttribute Plain = new();

    /// <summary>What is known about settings of projects that do not know of configurations.</summary>
    private static readonly Dictionary<(Type Type, string Property), SettingAttribute> Rules = new()
    {
        [(typeof(EmbeddedStoreOptions), nameof(EmbeddedStoreOptions.Path))] = new() { IsPath = true },
        [(typeof(EmbeddedStoreOptions), nameof(EmbeddedStoreOptions.Writer))] = new() { IsHidden = true },
        [(typeof(EmbeddedStoreOptions), nameof(EmbeddedStoreOptions.Create))] = new() { IsHidden = true },
        [(typeof(EmbeddedStoreOptions), nameof(EmbeddedStoreOptions.CheckAtStart))] = new() { IsHidden = true },
        [(typeof(EmbeddedStoreOptions), nameof(EmbeddedStoreOptions.RecordsAsSeries))] = new() { IsHidden = true },
        [(typeof(EmbeddedStoreOptions), nameof(EmbeddedStoreOptions.MaximumBytes))] = new() { Minimum = 1 << 20 },
        [(typeof(SyslogOptions), nameof(SyslogOptions.Port))] = Port,
        [(typeof(SyslogOptions), nameof(SyslogOptions.Facility))] = new() { Maximum = 23 },
        [(typeof(SyslogOptions), nameof(SyslogOptions.AuthorityFile))] = new() { IsPath = true },
        [(typeof(SyslogOptions), nameof(SyslogOptions.ClientCertificateFile))] = new() { IsPath = true },
        [(typeof(SyslogOptions), nameof(SyslogOptions.BatchMessages))] = Batch,
        [(typeof(MailOptions), nameof(MailOptions.Port))] = Port,
        [(typeof(MailOptions), nameof(MailOptions.Password))] = new() { IsSecret = true },
        [(typeof(MailOptions), nameof(MailOptions.BatchMessages))] = Batch,
        [(typeof(WebhookOptions), nameof(WebhookOptions.Secret))] = new() { IsSecret = true },
        [(typeof(WebhookOptions), nameof(WebhookOptions.BatchMessages))] = Batch,
        [(typeof(FileSinkOptions), nameof(FileSinkOptions.Path))] = new() { IsPath = true },
        [(typeof(FileSinkOptions), nameof(FileSinkOptions.MaximumBytes))] = new() { Minimum = 4096 },
        [(typeof(InfluxOptions), nameof(InfluxOptions.Password))] = new() { IsSecret = true },
        [(typeof(InfluxOptions), nameof(InfluxOptions.Token))] = new() { IsSecret = true },
        [(typeof(InfluxOptions), nameof(InfluxOptions.BatchPoints))] = Batch,
        [(typeof(Route), nameof(Route.MinimumSeverity))] = Points,
        [(typeof(AlertingOptions), nameof(AlertingOptions.ExemptFrom))] = Points,
        [(typeof(SeverityOptions), nameof(SeverityOptions.ConfidentFrom))] = new() { Maximum = 1 },
    };

    private static SettingAttribute Port => new() { Minimum = 1, Maximum = 65535 };

    private static SettingAttribute Batch => new() { Minimum = 1, Maximum = 100_000 };

    private static SettingAttribute Points => new() { Maximum = 100 };

    /// <summary>The keys of a record, in the order it states them.</summary>
    public static IReadOnlyList<Setting> Of(Type type)
    {
        // A record made by its constructor alone has no defaults.
        var isPositional = type.GetConstructor(Type.EmptyTypes) is null;
        List<Setting> settings = [];
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is null) continue;
            var rule = property.GetCustomAttribute<SettingAttribute>()
                ?? Rules.GetValueOrDefault((type, property.Name), Plain);
            if (rule.IsHidden) continue;
            // The store has a place of its own where none is named.
            var isRequired = type != typeof(EmbeddedStoreOptions)
                && (isPositional || property.IsDefined(typeof(RequiredMemberAttribute)));
            settings.Add(new Setting(
                JsonNamingPolicy.CamelCase.ConvertName(property.Name), property,
                Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, isRequired, rule));
        }

        return settings;
    }

    /// <summary>True for a record of settings, false for a value.</summary>
    public static bool IsRecord(Type type) =>
        type is { IsClass: true } && type != typeof(string) && type != typeof(Uri) && ElementOf(type) is null;

    /// <summary>What a list holds, or null.</summary>
    public static Type? ElementOf(Type type) =>
        type is { IsGenericType: true, IsInterface: true }
        && (type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
            || type.GetGenericTypeDefinition() == typeof(IReadOnlyCollection<>))
            ? type.GetGenericArguments()[0]
            : null;

    /// <summary>The word of an enum's member: <c>start-tls</c>.</summary>
    public static string WordOf(Enum member) => JsonNamingPolicy.KebabCaseLower.ConvertName(member.ToString());

    /// <summary>The words an enum may be.</summary>
    public static IReadOnlyList<string> WordsOf(Type type) =>
        [.. Enum.GetValues(type).Cast<Enum>().Select(WordOf)];
}
