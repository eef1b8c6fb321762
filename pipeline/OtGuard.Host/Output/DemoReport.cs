using System.Globalization;
using System.Text.Json;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>What the demonstration shows: planted, found, missed, false; then every deviation explained.</summary>
internal static class DemoReport
{
    public static void WriteText(string site, JudgingRun run, Baseline baseline, PlantedScore score, Tables tables)
    {
        tables.WriteText("");
        tables.WriteStrong($"What was learned of the {site}");
        foreach (var sentence in baseline.Summary) tables.WriteText($"  {sentence}");
        tables.WriteText("");
        DeviationReport.WriteText(run, tables);
        if (score.Attacks.Count > 0)
        {
            tables.Write(
                $"Planted in the {site} and found",
                ["Attack", "By", "Found", "After", "As"],
                [
                    .. score.Attacks.Select(planted => new[]
                    {
                        planted.Summary.Truth.Event,
                        planted.Summary.Truth.Attacker,
                        planted.IsFound ? "yes" : "MISSED",
                        planted.SecondsToDetection is { } seconds
                            ? $"{seconds.ToString("0.0", CultureInfo.InvariantCulture)} s" : "",
                        string.Join(", ", planted.Alarms.Select(alarm => $"{alarm.Kind.Row} {alarm.Kind.Name}").Distinct()),
                    }),
                ]);
        }

        foreach (var planted in score.LookAlikes)
            tables.WriteText($"{planted.Summary.Truth.Event} is benign: {planted.Event.Description}");
        foreach (var alarm in score.FalseAlarms)
            tables.WriteText($"False: {alarm.Kind.Row} {alarm.Kind.Name}, {alarm.Finding.Subject}");
    }

    public static void WriteTotal(IReadOnlyList<PlantedScore> scores, Tables tables)
    {
        var (planted, found, missed, wrong) = Count(scores);
        tables.WriteStrong($"{planted} planted, {found} found, {missed} missed, {wrong} false");
    }

    public static void WriteJson(string site, JudgingRun run, PlantedScore score, TextWriter output)
    {
        using var json = new JsonLines(output);
        foreach (var deviation in run.Deviations) json.WriteDeviation(deviation, run.Protocols);
        foreach (var planted in score.Attacks.Concat(score.LookAlikes))
        {
            json.Write("planted", (site, planted), static (writer, entry) =>
            {
                var (site, planted) = entry;
                writer.WriteString("site", site);
                writer.WriteString(planted.Event.IsAttack ? "attack" : "lookAlike", planted.Summary.Truth.Event);
                writer.WriteString("attacker", planted.Summary.Truth.Attacker);
                writer.WriteNumber("firstFrame", planted.Summary.FirstFrame);
                writer.WriteNumber("lastFrame", planted.Summary.LastFrame);
                writer.WriteNumber("frames", planted.Summary.Frames);
                writer.WriteBoolean("found", planted.IsFound);
                if (planted.SecondsToDetection is { } seconds) writer.WriteNumber("secondsToDetection", seconds);
                else writer.WriteNull("secondsToDetection");
                WriteIds(writer, "alarms", planted.Alarms);
                WriteIds(writer, "consequences", planted.Consequences);
            });
        }
    }

    public static void WriteTotalJson(IReadOnlyList<PlantedScore> scores, TextWriter output)
    {
        using var json = new JsonLines(output);
        json.Write("demo", scores, static (writer, scores) =>
        {
            var (planted, found, missed, wrong) = Count(scores);
            writer.WriteNumber("planted", planted);
            writer.WriteNumber("found", found);
            writer.WriteNumber("missed", missed);
            writer.WriteNumber("false", wrong);
        });
    }

    private static void WriteIds(Utf8JsonWriter writer, string name, IReadOnlyList<Deviation> alarms)
    {
        writer.WriteStartArray(name);
        foreach (var alarm in alarms) writer.WriteStringValue(alarm.Id);
        writer.WriteEndArray();
    }

    private static (int Planted, int Found, int Missed, int False) Count(IReadOnlyList<PlantedScore> scores)
    {
        var attacks = scores.SelectMany(score => score.Attacks).ToList();
        var found = attacks.Count(attack => attack.IsFound);
        return (attacks.Count, found, attacks.Count - found, scores.Sum(score => score.FalseAlarms.Count));
    }
}
