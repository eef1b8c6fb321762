using System.Globalization;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Output;

/// <summary>A file that a simulation wrote and what is in it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Summary">Its frames and planted events.</param>
/// <param name="BusLoads">For CAN: share of the time in which each bus was not idle.</param>
internal sealed record WrittenCapture(string Path, CaptureSummary Summary, IReadOnlyList<double> BusLoads);

/// <summary>What can be simulated, and what was.</summary>
internal static class SimulationReport
{
    public static void WriteList(
        IReadOnlyList<(string Name, string Description)> sites, IReadOnlyList<(string Sites, IPlantedEvent Event)> events,
        Tables tables)
    {
        tables.Write("Sites", ["Site", "What"], [.. sites.Select(site => new[] { site.Name, site.Description })]);
        foreach (var group in events.GroupBy(entry => entry.Event.IsAttack).OrderByDescending(group => group.Key))
        {
            tables.Write(
                group.Key ? $"Attacks ({group.Count()})" : $"Benign look-alikes ({group.Count()})",
                ["Name", "Site", "ATT&CK", "What", "Low / medium / high"],
                [
                    .. group.Select(entry => new[]
                    {
                        entry.Event.Name, entry.Sites, string.Join(' ', entry.Event.Techniques), entry.Event.Description,
                        string.Join("; ", entry.Event.Parameters.Select(Text)),
                    }),
                ]);
        }
    }

    public static void WriteListJson(
        IReadOnlyList<(string Name, string Description)> sites, IReadOnlyList<(string Sites, IPlantedEvent Event)> events,
        TextWriter output)
    {
        using var json = new JsonLines(output);
        foreach (var site in sites)
        {
            json.Write("site", site, static (writer, site) =>
            {
                writer.WriteString("name", site.Name);
                writer.WriteString("description", site.Description);
            });
        }

        foreach (var entry in events)
        {
            json.Write(entry.Event.IsAttack ? "attack" : "lookAlike", entry, static (writer, entry) =>
            {
                writer.WriteString("name", entry.Event.Name);
                writer.WriteString("description", entry.Event.Description);
                writer.WriteStartArray("sites");
                foreach (var site in entry.Sites.Split(", ")) writer.WriteStringValue(site);
                writer.WriteEndArray();
                writer.WriteStartArray("techniques");
                foreach (var technique in entry.Event.Techniques) writer.WriteStringValue(technique);
                writer.WriteEndArray();
                writer.WriteStartArray("expectedRows");
                foreach (var row in entry.Event.ExpectedRows) writer.WriteStringValue(row);
                writer.WriteEndArray();
                writer.WriteStartArray("parameters");
                foreach (var parameter in entry.Event.Parameters)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", parameter.Name);
                    writer.WriteString("unit", parameter.Unit);
                    writer.WriteNumber("low", parameter.Low);
                    writer.WriteNumber("medium", parameter.Medium);
                    writer.WriteNumber("high", parameter.High);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
        }
    }

    public static void Write(IReadOnlyList<WrittenCapture> captures, Tables tables)
    {
        tables.Write(
            "Written",
            ["File", "Frames", "Bus load"],
            [
                .. captures.Select(capture => new[]
                {
                    capture.Path, Words.Number(capture.Summary.Frames),
                    string.Join(", ", capture.BusLoads.Select(load => load.ToString("P0", CultureInfo.InvariantCulture))),
                }),
            ]);
        var planted = captures.SelectMany(capture => capture.Summary.Events).ToList();
        if (planted.Count == 0) return;
        tables.Write(
            "Planted",
            ["Event", "Kind", "First frame", "Last frame", "Own frames", "Begin (UTC)", "End (UTC)"],
            [
                .. planted.Select(entry => new[]
                {
                    entry.Truth.Event, entry.Truth.IsAttack ? "attack" : "look-alike", Words.Number(entry.FirstFrame),
                    Words.Number(entry.LastFrame), Words.Number(entry.Frames), Moment(entry.FirstTime), Moment(entry.LastTime),
                }),
            ]);
    }

    public static void WriteJson(IReadOnlyList<WrittenCapture> captures, TextWriter output)
    {
        using var json = new JsonLines(output);
        foreach (var capture in captures)
        {
            json.Write("simulated", capture, static (writer, capture) =>
            {
                writer.WriteString("file", capture.Path);
                writer.WriteNumber("frames", capture.Summary.Frames);
                writer.WriteStartArray("busLoads");
                foreach (var load in capture.BusLoads) writer.WriteNumberValue(Math.Round(load, 4));
                writer.WriteEndArray();
            });
            foreach (var entry in capture.Summary.Events)
            {
                json.Write("planted", entry, static (writer, entry) =>
                {
                    writer.WriteString("event", entry.Truth.Event);
                    writer.WriteBoolean("attack", entry.Truth.IsAttack);
                    writer.WriteNumber("firstFrame", entry.FirstFrame);
                    writer.WriteNumber("lastFrame", entry.LastFrame);
                    writer.WriteNumber("frames", entry.Frames);
                    writer.WriteString("begin", Moment(entry.FirstTime));
                    writer.WriteString("end", Moment(entry.LastTime));
                });
            }
        }
    }

    private static string Text(AttackParameter parameter) => string.Create(
        CultureInfo.InvariantCulture,
        $"{parameter.Name} {parameter.Low} / {parameter.Medium} / {parameter.High} {parameter.Unit}").TrimEnd();

    private static string Moment(long nanoseconds) =>
        new OtGuard.Collectors.CaptureTime(nanoseconds).ToString();
}
