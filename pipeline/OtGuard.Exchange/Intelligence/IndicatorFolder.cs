using System.Text.Json;

namespace OtGuard.Exchange.Intelligence;

/// <summary>Indicators of one source, as they are kept.</summary>
public sealed record IndicatorSource
{
    /// <summary>The source's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it comes from: a file, a collection, a feed.</summary>
    public required string From { get; init; }

    /// <summary>When it was last read.</summary>
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>Up to when a collection was read, so that the next time asks for what came since; null for all.</summary>
    public string? AddedAfter { get; init; }

    /// <summary>What is looked for.</summary>
    public required IReadOnlyList<Indicator> Indicators { get; init; }

    /// <summary>What is not, the latest of many.</summary>
    public required IReadOnlyList<UnusedIndicator> Unused { get; init; }

    /// <summary>How many are not.</summary>
    public long UnusedCount { get; init; }

    /// <summary>How many were given up for want of room: those that expire first, then the oldest.</summary>
    public long Evicted { get; init; }
}

/// <summary>The folder <c>intel</c> of the exchange folder: one file for each source.</summary>
public sealed class IndicatorFolder(string folder, TimeProvider clock)
{
    /// <summary>Indicators of a source at most.</summary>
    public const int MostIndicators = 500_000;

    private const int MostUnused = 5000;

    /// <summary>All sources by name.</summary>
    /// <exception cref="ExchangeFormatException">A file has faults.</exception>
    public IReadOnlyList<IndicatorSource> Sources() => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(Read)]
        : [];

    /// <summary>The source of that name, or null.</summary>
    public IndicatorSource? Find(string name)
    {
        var path = PathOf(name);
        return File.Exists(path) ? Read(path) : null;
    }

    /// <summary>Everything that holds now and is looked for.</summary>
    public IReadOnlyList<Indicator> Current()
    {
        var now = clock.GetUtcNow();
        return [.. Sources().SelectMany(source => source.Indicators).Where(one => !(one.ValidUntil <= now) && !(one.ValidFrom > now))];
    }

    /// <summary>Takes what was read into a source.</summary>
    /// <param name="name">The source's name: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="from">Where it comes from.</param>
    /// <param name="reading">What was read.</param>
    /// <param name="replace">True where it is all there is: what is not in it is gone.</param>
    /// <param name="addedAfter">Up to when a collection was read.</param>
    /// <exception cref="ExchangeException">The name is none.</exception>
    public IndicatorSource Take(string name, string from, IndicatorReading reading, bool replace, string? addedAfter = null)
    {
        var before = replace ? null : Find(name);
        var now = clock.GetUtcNow();
        var fresh = reading.Indicators.Select(one => one.Id).ToHashSet(StringComparer.Ordinal);
        var kept = (before?.Indicators ?? [])
            .Where(one => !reading.Revoked.Contains(one.Id) && !fresh.Contains(one.Id) && !(one.ValidUntil <= now))
            .Concat(reading.Indicators).ToList();
        var evicted = Math.Max(0, kept.Count - MostIndicators);
        if (evicted > 0)
            kept = [.. kept.OrderByDescending(one => one.ValidUntil ?? DateTimeOffset.MaxValue).ThenByDescending(one => one.ValidFrom).Take(MostIndicators)];
        var source = new IndicatorSource
        {
            Name = name,
            From = from,
            ReadAt = now,
            AddedAfter = addedAfter ?? before?.AddedAfter,
            Indicators = kept,
            Unused = [.. reading.Unused.Concat(before?.Unused ?? []).DistinctBy(one => (one.Id, one.What)).Take(MostUnused)],
            UnusedCount = reading.Unused.Count + (before?.UnusedCount ?? 0),
            Evicted = evicted + (before?.Evicted ?? 0),
        };
        Directory.CreateDirectory(folder);
        var path = PathOf(name);
        ExchangeFolder.WritePrivate(path, JsonSerializer.Serialize(source, ExchangeJson.Records));
        return source;
    }

    /// <summary>Forgets a source.</summary>
    /// <exception cref="ExchangeException">There is none.</exception>
    public void Remove(string name)
    {
        var path = PathOf(name);
        if (!File.Exists(path)) throw new ExchangeException($"There is no source '{name}'.");
        File.Delete(path);
    }

    private string PathOf(string name) =>
        name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? Path.Combine(folder, name + ".json")
            : throw new ExchangeException($"'{name}' cannot name a source: letters, digits, - and _.");

    private static IndicatorSource Read(string path) => ExchangeJson.ReadFile<IndicatorSource>(path);
}
