using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Host.Runs;

namespace OtGuard.Host.Output;

/// <summary>Counters of every stage and what was cut, skipped or lost where.</summary>
internal static class StatsReport
{
    public static void Write(Tables tables, OfflineRun run)
    {
        var files = run.Source.Files;
        tables.Write(
            $"Files ({files.Count})",
            ["File", "Format", "Interfaces", "Frames", "Bytes", "Cut by snapshot length", "Skipped bytes", "Skipped frames", "Time steps back", "Lost by recorder", "First (UTC)", "Last (UTC)"],
            [
                .. files.Select(file => new[]
                {
                    file.Name,
                    file.Compressed ? $"{file.Format}, gzip" : file.Format,
                    string.Join(", ", file.Interfaces.Select(i => i.Name ?? $"link type {i.LinkType.Value}").Distinct()),
                    Words.Number(file.Frames),
                    Words.Number(file.Bytes),
                    Words.Number(file.CutFrames),
                    Words.Number(file.SkippedBytes),
                    Words.Number(file.SkippedFrames),
                    Words.Number(file.TimeSteps),
                    Words.Number(file.LostFrames),
                    Moment(file.Interfaces.Min(i => i.First)),
                    Moment(file.Interfaces.Max(i => i.Last)),
                }),
            ]);
        tables.Write(
            "Stages",
            ["Stage", "Received", "Emitted", "Dropped", "Failed", "Noted"],
            [
                .. run.Stages.Select(stage => new[]
                {
                    stage.Stage,
                    stage.Received.ToString("N0", System.Globalization.CultureInfo.InvariantCulture),
                    stage.Emitted.ToString("N0", System.Globalization.CultureInfo.InvariantCulture),
                    Reasons(stage.Dropped),
                    Reasons(stage.Failed),
                    Reasons(stage.Noted),
                }),
            ]);
        var notices = run.Source.Notices;
        if (notices.Count > 0) tables.Write("Notices", ["What"], [.. notices.Select(n => new[] { Notices.Text(n) })]);
    }

    public static void Write(JsonLines json, OfflineRun run)
    {
        foreach (var file in run.Source.Files)
        {
            json.Write("file", file, static (writer, file) =>
            {
                writer.WriteString("name", file.Name);
                writer.WriteString("format", file.Format);
                writer.WriteBoolean("compressed", file.Compressed);
                writer.WriteNumber("frames", file.Frames);
                writer.WriteNumber("bytes", file.Bytes);
                writer.WriteNumber("cutFrames", file.CutFrames);
                writer.WriteNumber("skippedBytes", file.SkippedBytes);
                writer.WriteNumber("skippedFrames", file.SkippedFrames);
                writer.WriteNumber("timeStepsBack", file.TimeSteps);
                writer.WriteNumber("lostFrames", file.LostFrames);
                writer.WriteString("first", file.Interfaces.Min(i => i.First)?.ToString());
                writer.WriteString("last", file.Interfaces.Max(i => i.Last)?.ToString());
            });
        }

        foreach (var stage in run.Stages)
        {
            json.Write("stage", stage, static (writer, stage) =>
            {
                writer.WriteString("stage", stage.Stage);
                writer.WriteNumber("received", stage.Received);
                writer.WriteNumber("emitted", stage.Emitted);
                WriteReasons(writer, "dropped", stage.Dropped);
                WriteReasons(writer, "failed", stage.Failed);
                WriteReasons(writer, "noted", stage.Noted);
            });
        }

        foreach (var notice in run.Source.Notices)
        {
            json.Write("notice", notice, static (writer, notice) =>
            {
                writer.WriteString("file", notice.File);
                writer.WriteNumber("offset", notice.Offset);
                writer.WriteNumber("frame", notice.FrameNumber);
                writer.WriteString("text", notice.Text);
            });
        }
    }

    private static string Moment(CaptureTime? time) => time is { } moment ? Words.Moment(moment) : "";

    private static string Reasons(IReadOnlyDictionary<string, long> reasons) =>
        string.Join(", ", reasons.Where(r => r.Value > 0).Select(r => $"{r.Key} {Words.Number(r.Value)}"));

    private static void WriteReasons(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, long> reasons)
    {
        writer.WriteStartObject(name);
        foreach (var (reason, count) in reasons)
            if (count > 0) writer.WriteNumber(reason, count);
        writer.WriteEndObject();
    }
}
