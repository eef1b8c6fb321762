using System.Globalization;
using System.Text;
using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Storage.InfluxDb;

/// <summary>Reads series by InfluxQL, which 1.x, 2.x and 3.x understand. Thread-safe.</summary>
public sealed class InfluxSeriesReader(InfluxClient client) : ISeriesReader
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<SeriesResult>> ReadAsync(SeriesQuery query, CancellationToken cancellation)
    {
        var answer = await client.QueryAsync(QuestionOf(query), cancellation);
        if (!answer.IsDone) throw new SeriesUnavailableException($"{client.Options.Url} did not answer: {answer.Text}");
        if (InfluxClient.ErrorOf(answer.Text) is { } error)
            throw new SeriesUnavailableException($"{client.Options.Url} refused the question: {error}");
        try
        {
            using var document = JsonDocument.Parse(answer.Text);
            return Read(document.RootElement, query);
        }
        catch (Exception fault) when (
            fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new SeriesUnavailableException($"{client.Options.Url} answered what cannot be read: {fault.Message}",
                fault);
        }
    }

    /// <summary>The question as InfluxQL.</summary>
    public static string QuestionOf(SeriesQuery query)
    {
        var field = InfluxClient.Name(query.Field);
        var text = new StringBuilder("SELECT ");
        text.Append(query.Step is null ? field : $"{query.Aggregate.ToString().ToUpperInvariant()}({field})");
        text.Append(" AS value FROM ").Append(InfluxClient.Name(query.Measurement));
        text.Append(CultureInfo.InvariantCulture,
            $" WHERE time >= {query.From.UnixNanoseconds} AND time < {query.Until.UnixNanoseconds}");
        foreach (var (tag, value) in query.Where) text.Append(CultureInfo.InvariantCulture,
            $" AND {InfluxClient.Name(tag)} = {InfluxClient.Text(value)}");
        List<string> groups = [.. query.By.Select(InfluxClient.Name)];
        if (query.Step is { } step) groups.Insert(0,
            string.Create(CultureInfo.InvariantCulture, $"time({step.Ticks * 100}ns)"));
        if (groups.Count > 0) text.Append(" GROUP BY ").AppendJoin(", ", groups);
        // Steps without points are left out, as for every other store.
        if (query.Step is not null) text.Append(" fill(none)");
        text.Append(CultureInfo.InvariantCulture, $" ORDER BY time LIMIT {query.Limit}");
        return text.ToString();
    }

    private static List<SeriesResult> Read(JsonElement root, SeriesQuery query)
    {
        var results = new List<SeriesResult>();
        foreach (var result in root.GetProperty("results").EnumerateArray())
        {
            if (!result.TryGetProperty("series", out var all)) continue;
            foreach (var series in all.EnumerateArray())
            {
                var tags = query.By.ToDictionary(tag => tag, tag => TagOf(series, tag), StringComparer.Ordinal);
                var points = new List<(CaptureTime, double)>();
                foreach (var row in series.GetProperty("values").EnumerateArray())
                    if (row[1].ValueKind == JsonValueKind.Number) points.Add(
                        (new CaptureTime(row[0].GetInt64()), row[1].GetDouble()));
                if (points.Count > 0) results.Add(new SeriesResult(tags, points));
            }
        }

        return [.. results.OrderBy(result => string.Join('\n', query.By.Select(tag => result.Tags[tag])),
            StringComparer.Ordinal)];
    }

    private static string TagOf(JsonElement series, string tag) =>
        series.TryGetProperty("tags", out var tags) && tags.TryGetProperty(tag, out var value) ? value.GetString() ?? ""
            : "";
}
