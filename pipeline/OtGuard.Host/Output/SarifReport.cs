using System.Globalization;
using System.Text;
using System.Text.Json;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>Deviations as a SARIF log of one run, for code scanning services and pipelines.</summary>
/// <remarks>
/// OASIS SARIF 2.1.0: rules are the kinds of deviation (§3.49), results the deviations (§3.27). A level has no finer
/// steps than error, warning and note: severity 70 and above is an error, as 7.0 is high in CVSS; what is told for
/// information is a note. A result is located in the capture files; frame numbers have no place in a region and stand
/// in the location's logical name and in the properties, as they count through all files and, where a file begins
/// behind others, within the file. The fingerprint is the deviation's id.
/// </remarks>
internal static class SarifReport
{
    private const int ErrorFrom = 70;

    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(
        JudgingRun run, IReadOnlyList<string> captures, Evaluation? evaluation, TextWriter output)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options)) Write(run, captures, evaluation, json);
        output.WriteLine(Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
    }

    private static void Write(
        JudgingRun run, IReadOnlyList<string> captures, Evaluation? evaluation, Utf8JsonWriter json)
    {
        var files = new CapturePlaces(captures, run.Run.Source.Files);
        var kinds = run.Detectors.SelectMany(detector => detector.Kinds).Distinct().Order(StringComparer.Ordinal)
            .Select(DeviationCatalogue.Kind).ToList();
        json.WriteStartObject();
        json.WriteString("$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json, kinds);
        WriteInvocation(json, run);
        json.WriteStartArray("artifacts");
        foreach (var file in files.All)
        {
            json.WriteStartObject();
            json.WriteStartObject("location");
            json.WriteString("uri", file.Uri);
            json.WriteEndObject();
            json.WriteStartArray("roles");
            json.WriteStringValue("analysisTarget");
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("results");
        foreach (var deviation in run.Deviations) WriteResult(json, deviation, kinds, files, run);
        json.WriteEndArray();
        json.WriteStartObject("properties");
        json.WriteNumber("frames", run.Run.Frames);
        if (evaluation is not null) WriteEvaluation(json, evaluation);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, List<DeviationKind> kinds)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "OtGuard");
        json.WriteString("version", typeof(SarifReport).Assembly.GetName().Version!.ToString(3));
        json.WriteStartArray("rules");
        foreach (var kind in kinds)
        {
            json.WriteStartObject();
            json.WriteString("id", kind.Name);
            WriteText(json, "shortDescription", kind.Title);
            WriteText(json, "help", kind.WhatToCheck);
            json.WriteStartObject("defaultConfiguration");
            json.WriteString("level", Level(kind.Severity));
            json.WriteNumber("rank", kind.Severity);
            json.WriteEndObject();
            json.WriteStartObject("properties");
            json.WriteString("catalogue", kind.Row);
            json.WriteString("security-severity", (kind.Severity / 10.0).ToString("0.0", CultureInfo.InvariantCulture));
            json.WriteStartArray("tags");
            json.WriteStringValue("security");
            foreach (var technique in kind.Techniques) json.WriteStringValue($"attack-ics/{technique}");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInvocation(Utf8JsonWriter json, JudgingRun run)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", true);
        json.WriteStartArray("toolExecutionNotifications");
        foreach (var (kind, count) in run.BeyondCapacity)
            WriteNotification(json, $"{count} further findings of kind {kind} are counted and not listed.");
        foreach (var notice in run.Run.Source.Notices) WriteNotification(json, Notices.Text(notice));
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteNotification(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("level", "warning");
        WriteText(json, "message", text);
        json.WriteEndObject();
    }

    private static void WriteResult(
        Utf8JsonWriter json, Deviation deviation, List<DeviationKind> kinds, CapturePlaces files, JudgingRun run)
    {
        var finding = deviation.Finding;
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Kind.Name);
        json.WriteNumber("ruleIndex", kinds.IndexOf(finding.Kind));
        json.WriteString("level", Level(finding.Severity));
        json.WriteNumber("rank", finding.Severity);
        WriteText(json, "message", Messages.Format(finding.Message));
        json.WriteNumber("occurrenceCount", Math.Clamp(deviation.Occurrences, 1, int.MaxValue));
        json.WriteStartArray("locations");
        foreach (var place in files.Of(deviation.Frames))
        {
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", files.All[place.File].Uri);
            json.WriteNumber("index", place.File);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartArray("logicalLocations");
            json.WriteStartObject();
            json.WriteString("name", place.Name);
            json.WriteString("fullyQualifiedName", $"{finding.Subject}, {place.Name}");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("partialFingerprints");
        json.WriteString("otguardDeviation/v1", deviation.Id);
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("catalogue", finding.Kind.Row);
        json.WriteString("protocol", run.Protocols.Name(deviation.Protocol));
        json.WriteString("subject", finding.Subject);
        json.WriteString("expected", finding.Expected);
        json.WriteString("observed", finding.Observed);
        json.WriteString("firstSeen", deviation.FirstSeen.ToString());
        json.WriteString("lastSeen", deviation.LastSeen.ToString());
        json.WriteStartArray("frames");
        foreach (var (first, last) in deviation.Frames.Ranges)
        {
            json.WriteStartArray();
            json.WriteNumberValue(first);
            json.WriteNumberValue(last);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteNumber("frameCount", deviation.Frames.Count);
        json.WriteString("baseline", deviation.Baseline);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEvaluation(Utf8JsonWriter json, Evaluation evaluation)
    {
        json.WriteStartObject("evaluation");
        foreach (var (name, value) in EvaluationFigures.Of(evaluation)) json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static string Level(int severity) =>
        severity >= ErrorFrom ? "error" : severity >= Severity.AlarmFrom ? "warning" : "note";
}
