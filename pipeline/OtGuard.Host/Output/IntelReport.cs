using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OtGuard.Exchange;
using OtGuard.Exchange.Intelligence;

namespace OtGuard.Host.Output;

/// <summary>Indicators and where they were found, in the form asked for.</summary>
internal static class IntelReport
{
    private static readonly string[] SourceColumns = ["Source", "From", "Read", "Looked for", "Not", "Expired", "Given up"];
    private static readonly string[] UnusedColumns = ["Source", "Id", "What", "Why not"];
    private static readonly string[] MatchColumns = ["Source", "Indicator", "Kind", "Value", "Times", "First", "Last", "Alerts", "TLP"];

    public static void WriteSources(IReadOnlyList<IndicatorSource> sources, string format, TextWriter output)
    {
        if (format == "jsonl")
        {
            foreach (var source in sources)
            {
                var line = new JsonObject
                {
                    ["name"] = source.Name,
                    ["from"] = source.From,
                    ["readAt"] = JsonSerializer.SerializeToNode(source.ReadAt, ExchangeJson.Records),
                    ["indicators"] = source.Indicators.Count,
                    ["unused"] = source.UnusedCount,
                    ["evicted"] = source.Evicted,
                };
                Write("source", line, output);
            }

            return;
        }

        new Tables(output).Write(
            "Indicators",
            SourceColumns,
            [
                .. sources.Select(source => new[]
                {
                    source.Name, Short(source.From), source.ReadAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                    string.Join(", ", source.Indicators.GroupBy(one => one.Kind).OrderBy(group => group.Key)
                        .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key.ToString().ToLowerInvariant()}"))),
                    Words.Number(source.UnusedCount),
                    source.Indicators.Count(one => one.ValidUntil <= source.ReadAt) is > 0 and var expired ? Words.Number(expired) : "",
                    source.Evicted > 0 ? Words.Number(source.Evicted) : "",
                }),
            ]);
    }

    public static void WriteUnused(IReadOnlyList<IndicatorSource> sources, string format, TextWriter output)
    {
        if (format == "jsonl")
        {
            foreach (var source in sources)
                foreach (var one in source.Unused)
                    Write(
                        "unused", new JsonObject { ["source"] = source.Name, ["id"] = one.Id, ["what"] = one.What, ["reason"] = one.Reason },
                        output);
            return;
        }

        new Tables(output).Write(
            "Not looked for",
            UnusedColumns,
            [.. sources.SelectMany(source => source.Unused.Select(one => new[] { source.Name, one.Id, Short(one.What), one.Reason }))]);
    }

    public static void WriteMatches(IReadOnlyList<IndicatorMatch> matches, string format, TextWriter output)
    {
        if (format == "jsonl")
        {
            foreach (var match in matches)
                Write(
                    "sighting",
                    new JsonObject
                    {
                        ["indicator"] = match.Sighting.Indicator,
                        ["count"] = match.Sighting.Count,
                        ["first"] = Day(match.Sighting.First),
                        ["last"] = Day(match.Sighting.Last),
                    },
                    output);
            return;
        }

        new Tables(output).Write(
            "Seen here",
            MatchColumns,
            [
                .. matches.Select(match => new[]
                {
                    match.Source, match.Indicator.Name, match.Indicator.Kind.ToString().ToLowerInvariant(), match.Indicator.Value,
                    Words.Number(match.Sighting.Count), Day(match.Sighting.First), Day(match.Sighting.Last),
                    string.Join(", ", match.Alerts), match.Indicator.Tlp ?? "",
                }),
            ]);
    }

    private static string Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";

    private static string Short(string text)
    {
        const int longest = 80;
        return text.Length <= longest ? text : text[..(longest - 1)] + "…";
    }

    private static void Write(string type, JsonObject line, TextWriter output)
    {
        line.Insert(0, "type", type);
        output.WriteLine(line.ToJsonString(ExchangeJson.Records));
    }
}
