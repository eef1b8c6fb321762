using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Storage.Embedded;

namespace OtGuard.Host.Commands;

/// <summary>Options of the verbs that use a store, and how one is opened for them.</summary>
internal static class StoreOptions
{
    /// <summary>The environment variable that names the store where no option does.</summary>
    private const string Variable = "OTGUARD_STORE";

    /// <summary>The store, or none.</summary>
    public static Option<FileInfo?> Optional(string description) =>
        new("--store") { Description = description, HelpName = "FILE" };

    /// <summary>The store that is asked or changed.</summary>
    public static Option<FileInfo?> Required() => new("--store")
    {
        Description = "The store, as 'otguard detect --store FILE' writes it. Default: the environment variable "
            + $"{Variable}.",
        HelpName = "FILE",
    };

    /// <summary>Who acts.</summary>
    public static Option<string> Who() => new("--as")
    {
        Description = "Who acts, as it is written into the journal.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Environment.UserName,
    };

    /// <summary>Why.</summary>
    public static Option<string> Why(bool required) => new("--why")
    {
        Description = "Why, in words, as it is written into the journal.",
        HelpName = "TEXT",
        DefaultValueFactory = required ? null : _ => "",
        Required = required,
    };

    /// <summary>The store named, or that of the environment; null or empty for none.</summary>
    public static string? FindPath(FileInfo? named) => named?.FullName ?? Environment.GetEnvironmentVariable(Variable);

    /// <summary>Opens the store named, or that of the environment; runs something with it.</summary>
    /// <exception cref="UsageException">No store is named.</exception>
    /// <exception cref="StoreException">There is none, or it cannot be used.</exception>
    public static T Use<T>(FileInfo? named, Func<EmbeddedStore, Task<T>> action) =>
        UseAsync(PathOf(named), create: false, action).GetAwaiter().GetResult();

    /// <summary>The store named, or that of the environment.</summary>
    /// <exception cref="UsageException">No store is named.</exception>
    public static string PathOf(FileInfo? named)
    {
        var path = named?.FullName ?? Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(path)
            ? throw new UsageException(
                $"Which store? Name it with --store FILE, or in the environment variable {Variable}.")
            : Path.GetFullPath(path);
    }

    /// <summary>Opens a store, making it where it is missing; runs something with it.</summary>
    public static T Make<T>(FileInfo named, Func<EmbeddedStore, Task<T>> action) =>
        UseAsync(named.FullName, create: true, action).GetAwaiter().GetResult();

    /// <summary>What people do with alerts, on a store.</summary>
    /// <remarks>
    /// What follows from an act is queued for the destinations that the service has; the service sends it, at once
    /// where it runs, else once it does.
    /// </remarks>
    public static async Task<AlertDesk> DeskAsync(EmbeddedStore store)
    {
        var options = new AlertingOptions { Routes = await store.ListRoutesAsync(CancellationToken.None) };
        return new AlertDesk(store, new AlertPipeline(store, options, TimeProvider.System), TimeProvider.System);
    }

    /// <summary>A moment in UTC: <c>2026-01-02T03:04:05Z</c>, or a span from now: <c>+8h</c>.</summary>
    public static DateTimeOffset? ParseMoment(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text.StartsWith('+') && TryParseSpan(text[1..], out var span)) return TimeProvider.System.GetUtcNow()
            + span;
        if (text.Length > 0 && char.IsAsciiDigit(text[0]) && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var moment)) return moment;
        result.AddError($"'{text}' is no time: write 2026-01-02T03:04:05Z, or +8h for eight hours from now.");
        return null;
    }

    private static async Task<T> UseAsync<T>(string path, bool create, Func<EmbeddedStore, Task<T>> action)
    {
        await using var store = EmbeddedStore.Open(
            new EmbeddedStoreOptions
            {
                Path = path,
                Create = create,
                // Of a person at a terminal; the service has a chain of its own.
                Writer = $"{Environment.UserName}@{Environment.MachineName}",
                CheckAtStart = create,
            },
            TimeProvider.System);
        return await action(store);
    }

    private static bool TryParseSpan(string text, out TimeSpan span)
    {
        span = default;
        if (text.Length < 2 || !double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var number)) return false;
        TimeSpan? unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        if (unit is null || number > 100_000) return false;
        span = unit.Value * number;
        return true;
    }
}
