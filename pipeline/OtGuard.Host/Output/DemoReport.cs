using System.Globalization;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>What the demonstration shows: planted, found, missed, false; then every deviation explained.</summary>
internal static class DemoReport
{
    public static void WriteText(JudgingRun run, Baseline baseline, DemoResult result, Tables tables)
    {
        tables.WriteText("");
        tables.WriteStrong("What was learned");
        foreach (var sentence in baseline.Summary) tables.WriteText($"  {sentence}");
        tables.WriteText("");
        DeviationReport.WriteText(run, tables);
        tables.Write(
            "Planted and found",
            ["Attack", "By", "Found", "After", "As"],
            [
                .. result.Attacks.Select(planted => new[]
                {
                    planted.Attack.Name,
                    planted.Attack.Attacker,
                    planted.IsFound ? "yes" : "MISSED",
                    planted.SecondsToDetection is { } seconds ? $"{seconds.ToString("0.0", CultureInfo.InvariantCulture)} s" : "",
                    string.Join(", ", planted.Alarms.Select(alarm => $"{alarm.Kind.Row} {alarm.Kind.Name}").Distinct()),
                }),
            ]);
        tables.WriteStrong(
            $"{result.Attacks.Count} planted, {result.Attacks.Count(a => a.IsFound)} found, "
            + $"{result.Attacks.Count(a => !a.IsFound)} missed, {result.FalseAlarms.Count} false");
    }

    public static void WriteJson(JudgingRun run, DemoResult result, TextWriter output)
    {
        using var json = new JsonLines(output);
        foreach (var deviation in run.Deviations) json.WriteDeviation(deviation, run.Protocols);
        foreach (var planted in result.Attacks)
        {
            json.Write("planted", planted, static (writer, planted) =>
            {
                writer.WriteString("attack", planted.Attack.Name);
                writer.WriteString("attacker", planted.Attack.Attacker);
                writer.WriteNumber("firstFrame", planted.Attack.FirstFrame);
                writer.WriteNumber("lastFrame", planted.Attack.LastFrame);
                writer.WriteBoolean("found", planted.IsFound);
                if (planted.SecondsToDetection is { } seconds) writer.WriteNumber("secondsToDetection", seconds);
                else writer.WriteNull("secondsToDetection");
                writer.WriteStartArray("alarms");
                foreach (var alarm in planted.Alarms) writer.WriteStringValue(alarm.Id);
                writer.WriteEndArray();
            });
        }

        json.Write("demo", result, static (writer, result) =>
        {
            writer.WriteNumber("planted", result.Attacks.Count);
            writer.WriteNumber("found", result.Attacks.Count(attack => attack.IsFound));
            writer.WriteNumber("missed", result.Attacks.Count(attack => !attack.IsFound));
            writer.WriteNumber("false", result.FalseAlarms.Count);
        });
    }
}
