using System.Text.Json;
using System.Text.Json.Serialization;
using OtGuard.Host.Configuration;

namespace OtGuard.Host.Service;

/// <summary>What became of a reload of the configuration.</summary>
/// <param name="At">When, by this machine's clock.</param>
/// <param name="IsApplied">True where the new one is in force; false where the one before still is.</param>
/// <param name="Text">What has changed, or why nothing has.</param>
internal sealed record ReloadHealth(DateTimeOffset At, bool IsApplied, string Text);

/// <summary>What of a configuration may change while the service runs.</summary>
internal static class Reloading
{
    // Compared as they are written: lists by what is in them. Never printed, as secrets are in it.
    private static readonly JsonSerializerOptions Compared = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>A sentence for each thing that differs and cannot change while the service runs.</summary>
    public static IEnumerable<string> Refusals(ServiceConfiguration before, ServiceConfiguration after)
    {
        const string restart = "restart the service for it.";
        if (!IsSame(before.Data, after.Data) || !IsSame(before.Store, after.Store))
            yield return $"data and store are where everything is kept: {restart}";
        if (!IsSame(before.Http, after.Http)) yield return $"http is listened on from the start: {restart}";
        if (!IsSame(before.Traffic, after.Traffic) || !IsSame(before.Evidence, after.Evidence))
            yield return $"traffic and evidence are being written as they were set: {restart}";
        if (!IsSame(before.Feed, after.Feed)) yield return $"feed is as wide as it was made: {restart}";
        if (!IsSame(before.Sinks.Influx, after.Sinks.Influx))
            yield return $"sinks.influx decides where series are kept: {restart}";
        if (!IsSame(before.Names, after.Names) || !IsSame(before.Dbc, after.Dbc))
            yield return $"names and dbc are what frames are decoded by: {restart}";
        if (before.Baseline != after.Baseline || before.Budget != after.Budget
            || before.RequireSignature != after.RequireSignature || before.RequireApprovals != after.RequireApprovals
            || !IsSame(before.Blindness, after.Blindness))
            yield return "baseline, budget, blindness and what is asked of baselines hold the state of judging, which would "
                + $"be lost: {restart}";
        foreach (var source in after.Sources)
            if (before.Sources.FirstOrDefault(one => one.Name == source.Name) is { } there && !IsSame(there, source))
                yield return $"source {source.Name} is being judged as it was set, and would begin anew: give the changed one "
                    + $"another name, or {restart}";
    }

    /// <summary>Whether two settings say the same.</summary>
    public static bool IsSame<T>(T one, T other) =>
        JsonSerializer.Serialize(one, Compared) == JsonSerializer.Serialize(other, Compared);

    /// <summary>Names that are new or are set otherwise now, and those that are gone or were set otherwise.</summary>
    public static (IReadOnlySet<string> Added, IReadOnlySet<string> Gone) Compare(
        IEnumerable<(string Name, object Settings)> before, IEnumerable<(string Name, object Settings)> after)
    {
        var old = before.ToDictionary(one => one.Name, one => Text(one.Settings), StringComparer.Ordinal);
        var now = after.ToDictionary(one => one.Name, one => Text(one.Settings), StringComparer.Ordinal);
        return (
            now.Where(one => old.GetValueOrDefault(one.Key) != one.Value).Select(one => one.Key).ToHashSet(),
            old.Where(one => now.GetValueOrDefault(one.Key) != one.Value).Select(one => one.Key).ToHashSet());

        static string Text(object settings) => JsonSerializer.Serialize(settings, settings.GetType(), Compared);
    }
}
