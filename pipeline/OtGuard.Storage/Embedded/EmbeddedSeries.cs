using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Storage.Embedded;

/// <summary>Points of series in the embedded store. Thread-safe.</summary>
public sealed class EmbeddedSeries : ISeriesWriter, ISeriesReader
{
    private readonly EmbeddedDatabase _database;

    internal EmbeddedSeries(EmbeddedDatabase database) => _database = database;

    /// <inheritdoc/>
    /// <remarks>Fields that are texts are left out: readers are given numbers.</remarks>
    /// <exception cref="ArgumentException">A tag is none of <see cref="SeriesTags.Allowed"/>.</exception>
    public async Task<bool> WriteAsync(IReadOnlyList<SeriesPoint> points, CancellationToken cancellation)
    {
        foreach (var point in points) RequireAllowed(point);
        var sql = await _database.BeginAsync(cancellation);
        var committed = false;
        try
        {
            var room = _database.Room == RoomStage.Ample;
            _database.Guard(() =>
            {
                if (!room)
                {
                    StoreRoom.Count(sql, "points-refused", points.Count);
                    return;
                }

                // Within this transaction only: another may remove a series that has become empty.
                var numbers = new Dictionary<(string Measurement, string Field, string Tags), long>();
                foreach (var point in points) Put(sql, Bounded(sql, point, _database.Options.AssetTags), numbers);
            });
            _database.Commit();
            committed = true;
            return room;
        }
        catch (StoreFullException)
        {
            // Points are what is given up first.
            return false;
        }
        finally
        {
            _database.End(committed);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SeriesResult>> ReadAsync(SeriesQuery query, CancellationToken cancellation)
    {
        var matching = _database.Read(sql => sql.Rows(
                "SELECT number, tags FROM series WHERE measurement = $1 AND field = $2",
                row => (Number: row.GetInt64(0),
                    Tags: JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(1))!),
                query.Measurement, query.Field))
            .Where(series => query.Where.All(pair => series.Tags.GetValueOrDefault(pair.Key, "") == pair.Value));
        var results = new List<SeriesResult>();
        foreach (var group in matching.GroupBy(series => string.Join('\n', query.By.Select(tag =>
            series.Tags.GetValueOrDefault(tag, "")))).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var points = _database.Read(sql => group.SelectMany(series => Points(sql, series.Number, query))
                .OrderBy(p => p.Time).ToList());
            if (points.Count == 0) continue;
            var first = group.First().Tags;
            results.Add(new SeriesResult(
                query.By.ToDictionary(tag => tag, tag => first.GetValueOrDefault(tag, ""), StringComparer.Ordinal),
                [.. Step(points, query).Take(query.Limit)]));
        }

        return Task.FromResult<IReadOnlyList<SeriesResult>>(results);
    }

    /// <summary>The start of the step a time lies in: steps are counted from 1970, as series stores do.</summary>
    internal static long StepOf(long time, long step) => time - ((time % step) + step) % step;

    internal static void Put(
        Sql sql, SeriesPoint point, Dictionary<(string Measurement, string Field, string Tags), long>? numbers = null)
    {
        var tags = Canonical(point.Tags);
        foreach (var (field, value) in point.Fields)
        {
            if (value.Text is not null) continue;
            var key = (point.Measurement, field, tags);
            if (numbers?.TryGetValue(key, out var series) is not true)
                series = sql.Number(
                    "SELECT number FROM series WHERE measurement = $1 AND field = $2 AND tags = $3", point.Measurement,
                    field, tags);
            if (series == 0)
            {
                sql.Execute("INSERT INTO series (measurement, field, tags) VALUES ($1, $2, $3)", point.Measurement,
                    field, tags);
                series = sql.Number("SELECT last_insert_rowid()");
            }

            if (numbers is not null) numbers[key] = series;
            sql.Execute(
                "INSERT INTO point (series, time, value) VALUES ($1, $2, $3) ON CONFLICT (series, time) DO UPDATE SET "
                + "value = $3",
                series, point.Time.UnixNanoseconds, value.Whole is { } whole ? whole : value.Real);
        }
    }

    internal static string? AssetTag(Sql sql, string? asset, int most)
    {
        if (asset is null) return null;
        if (sql.Scalar("SELECT 1 FROM asset_tag WHERE asset = $1", asset) is not null) return asset;
        if (sql.Number("SELECT count(*) FROM asset_tag") >= most) return PointPlace.OtherAssets;
        sql.Execute("INSERT INTO asset_tag (asset) VALUES ($1)", asset);
        return asset;
    }

    internal static SeriesPoint Bounded(Sql sql, SeriesPoint point, int most)
    {
        if (!point.Tags.TryGetValue("asset", out var asset) || asset is null) return point;
        var tag = AssetTag(sql, asset, most);
        return tag == asset ? point
            : point with { Tags = new Dictionary<string, string?>(point.Tags) { ["asset"] = tag } };
    }

    internal static void RequireAllowed(SeriesPoint point)
    {
        foreach (var tag in point.Tags.Keys)
            if (!SeriesTags.Allowed.Contains(tag))
                throw new ArgumentException(
                    $"'{tag}' of {point.Measurement} is no tag: its values are not bounded. Make it a field.",
                        nameof(point));
    }

    private static string Canonical(IReadOnlyDictionary<string, string?> tags)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in tags)
            if (!string.IsNullOrEmpty(value)) sorted.Add(name, value);
        return JsonSerializer.Serialize(sorted);
    }

    private static List<(CaptureTime Time, double Value)> Points(Sql sql, long series, SeriesQuery query) => sql.Rows(
        "SELECT time, value FROM point WHERE series = $1 AND time >= $2 AND time < $3 ORDER BY time",
        row => (new CaptureTime(row.GetInt64(0)), row.GetDouble(1)),
        series, query.From.UnixNanoseconds, query.Until.UnixNanoseconds);

    private static IEnumerable<(CaptureTime Time, double Value)> Step(List<(CaptureTime Time, double Value)> points,
        SeriesQuery query)
    {
        if (query.Step is not { } step) return points;
        var length = step.Ticks * 100;
        return points.GroupBy(point => StepOf(point.Time.UnixNanoseconds, length)).Select(group => (
            new CaptureTime(group.Key),
            query.Aggregate switch
            {
                SeriesAggregate.Mean => group.Average(point => point.Value),
                SeriesAggregate.Sum => group.Sum(point => point.Value),
                SeriesAggregate.Max => group.Max(point => point.Value),
                SeriesAggregate.Min => group.Min(point => point.Value),
                SeriesAggregate.Count => group.Count(),
            }));
    }
}
