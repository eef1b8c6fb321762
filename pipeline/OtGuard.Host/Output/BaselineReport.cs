using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>What was learned, in a few lines: from what, how many facts, and how complete that is.</summary>
internal static class BaselineReport
{
    public static void Write(Baseline baseline, string path, bool asJson, TextWriter output)
    {
        if (asJson) WriteJson(baseline, path, output);
        else WriteText(baseline, path, new Tables(output));
    }

    private static void WriteText(Baseline baseline, string path, Tables tables)
    {
        var from = baseline.LearnedFrom;
        tables.WriteStrong($"Baseline {path}");
        tables.WriteField("learned from", string.Join(", ", from.Files));
        tables.WriteField(
            "time",
            $"{Words.Moment(from.First)} to {Words.Moment(from.Last)} UTC, {Words.Duration(from.Observed)} observed");
        tables.WriteField("content hash", baseline.ContentHash);
        foreach (var sentence in baseline.Summary) tables.WriteText($"  {sentence}");
    }

    private static void WriteJson(Baseline baseline, string path, TextWriter output)
    {
        using var json = new JsonLines(output);
        json.Write("baseline", (baseline, path), static (writer, state) =>
        {
            var (baseline, path) = state;
            writer.WriteString("file", path);
            writer.WriteString("contentHash", baseline.ContentHash);
            writer.WriteString("first", baseline.LearnedFrom.First.ToString());
            writer.WriteString("last", baseline.LearnedFrom.Last.ToString());
            writer.WriteNumber("observations", baseline.LearnedFrom.Observations);
            writer.WriteNumber("observedSeconds", baseline.LearnedFrom.Observed.TotalSeconds);
            writer.WriteBoolean("complete", baseline.Completeness.IsComplete);
            writer.WriteStartArray("families");
            foreach (var family in baseline.Completeness.Families)
            {
                writer.WriteStartObject();
                writer.WriteString("family", family.Family.ToString());
                writer.WriteNumber("facts", family.Facts);
                writer.WriteBoolean("complete", family.IsComplete);
                writer.WriteString("statement", family.Sentence());
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }
}
