using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OtGuard.Exchange;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Regimes;

namespace OtGuard.Host.Output;

/// <summary>Cases and regimes, in the form asked for.</summary>
internal static class CaseReport
{
    private const int LongestValue = 100;

    private static readonly string[] CaseColumns = ["Case", "Version", "Regime", "Incident", "Severity", "Observations",
        "Changed", "By", "Exercise"];
    private static readonly string[] StageColumns = ["Stage", "What", "State", "Due", "Missing"];
    private static readonly string[] FieldColumns = ["Field", "What", "Value", "Rests on", "Source", "Confidence"];
    private static readonly string[] VersionColumns = ["Version", "When", "By", "Why", "Changed"];
    private static readonly string[] DueColumns = ["Case", "Stage", "What", "State", "Due", "Left", "Missing"];
    private static readonly string[] RegimeColumns = ["Regime", "Law", "Stage", "Clock starts", "Deadline", "Read", "Source"];

    public static void WriteCases(IReadOnlyList<CaseVersion> cases, string format, TextWriter output)
    {
        if (format == "jsonl")
        {
            foreach (var one in cases) Write("case", Head(one), output);
            return;
        }

        new Tables(output).Write(
            "Cases",
            CaseColumns,
            [
                .. cases.Select(one => new[]
                {
                    Number(one.Number), Number(one.Version), one.Regime, Number(one.IncidentNumber), Number(one.Severity),
                    Number(one.Observations.Count), Moment(one.ModifiedAt), one.By, one.Exercise ? "yes" : "",
                }),
            ]);
    }

    public static void WriteCase(
        CaseDesk desk, CaseVersion one, IReadOnlyList<StageStatus> stages, string format, TextWriter output)
    {
        var regime = desk.Regimes[one.Regime];
        if (format == "jsonl")
        {
            var whole = Head(one);
            whole["stages"] = new JsonArray([.. stages.Select(Stage)]);
            whole["worksheet"] = JsonSerializer.SerializeToNode(one.Worksheet, ExchangeJson.Records);
            whole["held"] = JsonSerializer.SerializeToNode(one.Observations, ExchangeJson.Records);
            Write("case", whole, output);
            return;
        }

        var tables = new Tables(output);
        tables.WriteStrong(string.Create(
            CultureInfo.InvariantCulture,
            $"Case {one.Number}, version {one.Version}: incident {one.IncidentNumber}, severity {one.Severity}, "
            + $"{one.Observations.Count + one.Further} observations{(one.Exercise ? ", an exercise" : "")}"));
        tables.WriteField("regime", $"{regime.Title.En} ({regime.Law.En}), to {regime.Recipient.En}");
        tables.WriteField("id", one.Id);
        tables.WriteText("");
        tables.Write(
            "Stages",
            StageColumns,
            [
                .. stages.Select(stage => new[]
                {
                    stage.Stage.Id, stage.Stage.Title.En, Word(stage), stage.Due is { } due ? Moment(due) : "",
                    stage.State is StageState.Sent or StageState.NotAsked or StageState.NotNeeded
                        ? ""
                        : string.Join(", ", stage.Missing.Select(field => field.Id)),
                }),
            ]);
        tables.Write(
            "Worksheet",
            FieldColumns,
            [
                .. desk.Regimes.FieldsOf(regime)
                    .Select(field => (Field: field, Entry: one.Worksheet.GetValueOrDefault(field.Id)))
                    .OrderBy(pair => pair.Entry is null)
                    .Select(pair => new[]
                    {
                        pair.Field.Id, pair.Field.Label.En, Short(pair.Entry?.Value ?? ""),
                        pair.Entry is null ? "" : Kebab(pair.Entry.Standing), Short(pair.Entry?.Source ?? ""),
                        pair.Entry?.Confidence is { } confidence ? Number(confidence) : "",
                    }),
            ]);
        if (CaseDesk.Next(stages) is { Missing.Count: > 0 } next)
        {
            tables.WriteStrong($"Missing for {next.Stage.Title.En.ToLowerInvariant()} ({next.Stage.Id})");
            foreach (var field in next.Missing)
                tables.WriteField(field.Id, field.Hint is null ? Takes(field) : $"{Takes(field)} {field.Hint.En}");
        }
    }

    public static void WriteVersions(IReadOnlyList<CaseVersion> versions, string format, TextWriter output)
    {
        if (format == "jsonl")
        {
            foreach (var one in versions) Write("version", Head(one), output);
            return;
        }

        new Tables(output).Write(
            $"Versions of case {Number(versions[^1].Number)}",
            VersionColumns,
            [
                .. versions.Select((one, i) => new[]
                {
                    Number(one.Version), Moment(one.ModifiedAt), one.By, one.Why,
                    i == 0 ? "opened" : Short(string.Join(", ", Changes(versions[i - 1], one))),
                }),
            ]);
    }

    public static void WriteDue(
        IReadOnlyList<DueStage> due, DateTimeOffset now, string format, TextWriter output)
    {
        if (format == "jsonl")
        {
            foreach (var (one, stage) in due)
            {
                var line = Stage(stage);
                line["case"] = one.Number;
                Write("due", line, output);
            }

            return;
        }

        new Tables(output).Write(
            "Due",
            DueColumns,
            [
                .. due.Select(pair => new[]
                {
                    Number(pair.Case.Number), pair.Stage.Stage.Id, pair.Stage.Stage.Title.En, Word(pair.Stage),
                    Moment(pair.Stage.Due!.Value),
                    pair.Stage.Due > now ? Words.Duration(pair.Stage.Due.Value - now) : "",
                    string.Join(", ", pair.Stage.Missing.Select(field => field.Id)),
                }),
            ]);
    }

    public static void WriteRegimes(RegimeCatalogue catalogue, string format, TextWriter output)
    {
        if (format == "jsonl")
        {
            foreach (var regime in catalogue.Regimes)
                Write("regime", JsonSerializer.SerializeToNode(regime, ExchangeJson.Records)!.AsObject(), output);
            return;
        }

        new Tables(output).Write(
            "Reporting regimes",
            RegimeColumns,
            [
                .. catalogue.Regimes.SelectMany(regime => regime.Stages.Select((stage, i) => new[]
                {
                    i == 0 ? regime.Id : "", i == 0 ? regime.Law.En : "", $"{stage.Id}: {stage.Title.En}", stage.Starts,
                    stage.Deadline ?? (stage.OnRequest ? "on request" : ""),
                    i == 0 ? regime.Read.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "",
                    i == 0 ? regime.Source : "",
                })),
            ]);
    }

    private static JsonObject Head(CaseVersion one) => new()
    {
        ["id"] = one.Id,
        ["number"] = one.Number,
        ["version"] = one.Version,
        ["regime"] = one.Regime,
        ["incident"] = one.IncidentNumber,
        ["severity"] = one.Severity,
        ["observations"] = one.Observations.Count + one.Further,
        ["created"] = CaseMoment(one.CreatedAt),
        ["modified"] = CaseMoment(one.ModifiedAt),
        ["by"] = one.By,
        ["why"] = one.Why,
        ["exercise"] = one.Exercise,
    };

    private static JsonObject Stage(StageStatus stage) => new()
    {
        ["stage"] = stage.Stage.Id,
        ["state"] = Kebab(stage.State),
        ["due"] = stage.Due is { } due ? CaseMoment(due) : null,
        ["missing"] = new JsonArray([.. stage.Missing.Select(field => JsonValue.Create(field.Id))]),
        ["sentAt"] = stage.Sent is { } sent ? CaseMoment(sent.At) : null,
    };

    private static void Write(string type, JsonObject line, TextWriter output)
    {
        line.Insert(0, "type", type);
        output.WriteLine(line.ToJsonString(ExchangeJson.Records));
    }

    private static IEnumerable<string> Changes(CaseVersion before, CaseVersion after)
    {
        var changes = CaseChanges.Between(before, after);
        foreach (var field in changes.Written) yield return field;
        foreach (var field in changes.TakenOut) yield return $"{field} taken out";
        if (changes.Observations != 0) yield return $"{Number(changes.Observations)} observations more";
    }

    private static string Takes(WorksheetField field) => field.Kind switch
    {
        FieldKind.Text => field.Label.En + ".",
        FieldKind.Number => field.Label.En + ", a number.",
        FieldKind.Moment => field.Label.En + ", a time such as 2026-01-02T03:04:05Z.",
        FieldKind.YesNoUnknown => field.Label.En + ": yes, no or unknown.",
        FieldKind.Choice => $"{field.Label.En}: {string.Join(", ", field.Choices!.Keys)}.",
    };

    private static string Word(StageStatus stage) =>
        stage.Sent is { } sent ? $"sent {Moment(sent.At)}, version {Number(sent.Version)}" : Kebab(stage.State).Replace('-', ' ');

    private static string Kebab<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= LongestValue ? line : line[..(LongestValue - 1)] + "…";
    }

    private static string CaseMoment(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Moment(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
