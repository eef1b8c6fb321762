using System.Globalization;
using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Models.Scoring;
using OtGuard.Models.Training;

namespace OtGuard.Host.Output;

/// <summary>What a baseline holds: from what it was learned, how complete it is, who approved it, and more on request.</summary>
internal sealed class BaselineReport(Baseline baseline, string path, bool asJson, TextWriter output)
{
    /// <summary>Writes what was learned, how far that is, and who vouches for it.</summary>
    public void WriteAll()
    {
        WriteSummary();
        if (asJson)
        {
            using var json = new JsonLines(output);
            foreach (var endorsement in baseline.Endorsements) json.Write("endorsement", endorsement, WriteEndorsement);
            WriteStages();
            return;
        }

        var tables = new Tables(output);
        tables.WriteField("approved", $"by {baseline.Approvers().Count} of {baseline.Options.Approvers} needed");
        foreach (var endorsement in baseline.Endorsements)
        {
            tables.WriteText(endorsement switch
            {
                Approval approval => $"  {Moment(approval.Time)} UTC approved by {Plain(approval.Who)}"
                    + (approval.Why.Length == 0 ? "" : $": {Plain(approval.Why)}"),
                Signature signature => $"  {Moment(signature.Time)} UTC signed with key {signature.KeyId}; 'baseline verify' checks it",
                _ => "",
            });
        }

        if (!baseline.Endorsements.OfType<Signature>().Any()) tables.WriteField("signed", "no");
        foreach (var line in baseline.Models.Lines()) tables.WriteText($"  {line}");
        tables.WriteText("");
        WriteStages();
    }

    /// <summary>Writes from what it was learned, how many facts there are, and how complete they are.</summary>
    public void WriteSummary()
    {
        if (asJson) WriteJsonSummary();
        else WriteTextSummary(new Tables(output));
    }

    /// <summary>Writes the stage of each asset in each family.</summary>
    public void WriteStages()
    {
        var families = Enum.GetValues<FactFamily>().Where(family => baseline.Completeness[family].Facts > 0).ToList();
        var models = baseline.Models.Models;
        if (asJson)
        {
            using var json = new JsonLines(output);
            foreach (var asset in baseline.Assets)
            {
                foreach (var family in families) json.Write("stage", (baseline, asset, family), WriteStage);
                foreach (var model in models)
                {
                    json.Write("stage", (asset, model), static (writer, state) =>
                    {
                        writer.WriteString("asset", state.asset.ToString());
                        writer.WriteString("family", state.model.Family);
                        writer.WriteString("stage", Stage(state.model.StageOf(state.asset)));
                    });
                }
            }

            return;
        }

        new Tables(output).Write(
            "Stages (learning, dynamic, operational; with the facts of each)",
            ["Asset", .. families.Select(family => family.ToString()), .. models.Select(model => model.Family)],
            [
                .. baseline.Assets.Select(asset => (string[])
                [
                    asset.ToString(),
                    .. families.Select(family => Cell(asset, family)),
                    .. models.Select(model => model.Assets.Contains(asset) ? Stage(model.StageOf(asset)) : ""),
                ]),
            ]);
    }

    /// <summary>Writes the lines of sections as they stand in the file.</summary>
    public void WriteSections(IEnumerable<string> names)
    {
        using var json = new JsonLines(output);
        foreach (var name in names)
        {
            var lines = baseline.Section(name);
            if (!asJson)
            {
                output.WriteLine($"[{name}]");
                foreach (var line in lines) output.WriteLine(line);
                continue;
            }

            json.Write("section", (name, lines), static (writer, state) =>
            {
                writer.WriteString("section", state.name);
                writer.WriteStartArray("lines");
                foreach (var line in state.lines) writer.WriteStringValue(line);
                writer.WriteEndArray();
            });
        }
    }

    /// <summary>Writes the facts that show signs of having been taught by somebody.</summary>
    public void WritePoisoning(PoisoningReport report)
    {
        if (asJson)
        {
            using var json = new JsonLines(output);
            foreach (var suspect in report.Suspects) json.Write("suspect", suspect, WriteSuspect);
            foreach (var sentence in report.NotLookedFor)
                json.Write("not-looked-for", sentence, static (writer, text) => writer.WriteString("statement", text));
            return;
        }

        var tables = new Tables(output);
        foreach (var sentence in report.NotLookedFor) tables.WriteText(sentence);
        foreach (var family in report.Suspects.GroupBy(suspect => suspect.Fact.Family).OrderBy(group => group.Key))
        {
            tables.WriteStrong(string.Create(
                CultureInfo.InvariantCulture, $"{family.Key}: {family.Count()} of {baseline.Completeness[family.Key].Facts}"));
            foreach (var (fact, signs) in family)
            {
                tables.WriteText($"  {fact.Text}");
                tables.WriteText($"    {string.Join(", ", Signs(signs))}; {Seen(fact.Seen)}");
                tables.WriteText($"    an attacker would have taught: no alarm when {fact.Permits}");
            }

            tables.WriteText("");
        }

        if (report.Suspects.Count == 0) tables.WriteText("Nothing in it shows a sign of having been taught by somebody.");
    }

    /// <summary>Writes what the models were trained on, and which budget of false alarms they can support.</summary>
    public void WriteReach(AlarmBudget budget, TrainingTrace? trace)
    {
        var reach = BudgetReach.Of(baseline.Models, baseline.Options.Models, budget);
        if (asJson)
        {
            using var json = new JsonLines(output);
            foreach (var scale in reach)
            {
                json.Write("reach", (scale, budget), static (writer, state) =>
                {
                    var (scale, budget) = state;
                    writer.WriteString("scale", scale.Scale);
                    writer.WriteNumber("budgetPerDay", budget.PerDay);
                    writer.WriteNumber("smallestBudgetPerDay", scale.SmallestBudget);
                    writer.WriteNumber("leastP", scale.LeastP);
                    writer.WriteNumber("events", scale.Events);
                    writer.WriteNumber("exposureSeconds", scale.Exposure.TotalSeconds);
                    writer.WriteNumber("learningNeededSeconds", scale.LearningNeeded.TotalSeconds);
                });
            }

            return;
        }

        if (reach.Count == 0) return;
        var tables = new Tables(output);
        if (trace is not null) tables.WriteField("models trained on", Trained(trace, baseline.Options.Models));
        foreach (var scale in reach)
        {
            tables.WriteText(string.Create(
                CultureInfo.InvariantCulture,
                $"  {scale.Scale}: {scale.Events} events in {Words.Duration(scale.Exposure)} of clean traffic, ")
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"so no p-value below {scale.LeastP:G2}; counted down to {scale.SmallestBudget:G3} false alarms a day"));
        }

        var smallest = reach.Max(scale => scale.SmallestBudget);
        tables.WriteText(smallest <= budget.PerDay
            ? string.Create(CultureInfo.InvariantCulture, $"  A budget of {budget.PerDay:G3} a day is counted and not extrapolated.")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"  A budget of {budget.PerDay:G3} a day is extrapolated: the data support {smallest:G3}; ")
                + $"learn for {Words.Duration(reach[0].LearningNeeded)} to have it counted.");
    }

    /// <summary>Writes the differences between two baselines.</summary>
    public static void WriteChanges(IReadOnlyList<BaselineChange> changes, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            using var json = new JsonLines(output);
            foreach (var change in changes)
            {
                json.Write("change", change, static (writer, change) =>
                {
                    writer.WriteString("change", Kind(change.Kind));
                    writer.WriteString("section", change.Section);
                    writer.WriteString("text", change.Text);
                    writer.WriteString("before", change.Before);
                    writer.WriteString("after", change.After);
                });
            }

            return;
        }

        var tables = new Tables(output);
        foreach (var kind in changes.GroupBy(change => change.Kind))
        {
            tables.WriteStrong(kind.Key switch
            {
                BaselineChangeKind.Permitted => "Became permitted",
                BaselineChangeKind.Gone => "Is permitted no more",
                BaselineChangeKind.Changed => "Changed in numbers",
            });
            foreach (var section in kind.GroupBy(change => change.Section))
            {
                tables.WriteText($"  {section.Key}");
                foreach (var change in section)
                {
                    tables.WriteText(change.Kind == BaselineChangeKind.Changed
                        ? $"    {change.Text}: {Or(change.Before)} -> {Or(change.After)}"
                        : $"    {(change.Kind == BaselineChangeKind.Permitted ? '+' : '-')} {change.Text}");
                }
            }
        }

        if (changes.Count == 0) tables.WriteText("Nothing differs but counts and times.");

        static string Or(string? text) => text is { Length: > 0 } ? text : "none";
    }

    /// <summary>Writes the earlier versions of a file.</summary>
    public static void WriteHistory(IReadOnlyList<EarlierBaseline> versions, TextWriter output) =>
        new Tables(output).Write(
            "Earlier versions, the latest first",
            ["Number", "Content hash", "File"],
            [
                .. versions.Select(version => (string[])
                    [version.Number.ToString(CultureInfo.InvariantCulture), version.Hash, version.File.Name]),
            ]);

    /// <summary>A time of an endorsement, to the second.</summary>
    public static string Moment(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A text that somebody wrote, without what steers a terminal.</summary>
    public static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    private static string Trained(TrainingTrace trace, ModelOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"{trace.Count:N0} of {trace.Counters.Received:N0} observations, {trace.Bytes / 1048576.0:0.0} MiB of at most {options.TrainingMemory} MiB")
        + (trace.Stride == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"; one in {trace.Stride} stretches of ten minutes is kept"));

    private static string Stage(LearningStage stage) => stage switch
    {
        LearningStage.Learning => "learning",
        LearningStage.Dynamic => "dynamic",
        LearningStage.Operational => "operational",
    };

    private static string Kind(BaselineChangeKind kind) => kind switch
    {
        BaselineChangeKind.Permitted => "permitted",
        BaselineChangeKind.Gone => "gone",
        BaselineChangeKind.Changed => "changed",
    };

    private static IEnumerable<string> Signs(PoisoningSigns signs)
    {
        if (signs.HasFlag(PoisoningSigns.Rare)) yield return "rare";
        if (signs.HasFlag(PoisoningSigns.OneHost)) yield return "one host alone";
        if (signs.HasFlag(PoisoningSigns.OddHours)) yield return "at odd hours";
        if (signs.HasFlag(PoisoningSigns.NearEnd)) yield return "near the end only";
    }

    private static string Seen(Sightings seen) => string.Create(
        CultureInfo.InvariantCulture,
        $"seen {seen.Count:N0} times on {seen.Days} days, {Words.Moment(seen.First)} to {Words.Moment(seen.Last)} UTC");

    private static void WriteSuspect(Utf8JsonWriter writer, SuspectFact suspect)
    {
        var fact = suspect.Fact;
        writer.WriteString("family", fact.Family.ToString());
        writer.WriteString("fact", fact.Text);
        writer.WriteStartArray("signs");
        foreach (var sign in Signs(suspect.Signs)) writer.WriteStringValue(sign);
        writer.WriteEndArray();
        writer.WriteString("permits", fact.Permits);
        writer.WriteString("first", fact.Seen.First.ToString());
        writer.WriteString("last", fact.Seen.Last.ToString());
        writer.WriteNumber("count", fact.Seen.Count);
    }

    private static void WriteEndorsement(Utf8JsonWriter writer, Endorsement endorsement)
    {
        writer.WriteString("time", endorsement.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        if (endorsement is Approval approval)
        {
            writer.WriteString("approvedBy", approval.Who);
            writer.WriteString("why", approval.Why);
        }
        else if (endorsement is Signature signature)
        {
            writer.WriteString("signedWith", signature.KeyId);
        }
    }

    private static void WriteStage(Utf8JsonWriter writer, (Baseline Baseline, NetworkAddress Asset, FactFamily Family) state)
    {
        var completeness = state.Baseline.CompletenessOf(state.Asset, state.Family)!;
        writer.WriteString("asset", state.Asset.ToString());
        writer.WriteString("family", state.Family.ToString());
        writer.WriteString("stage", Stage(state.Baseline.StageOf(state.Asset, state.Family)));
        writer.WriteNumber("facts", completeness.Facts);
        writer.WriteBoolean("complete", completeness.IsComplete);
        writer.WriteString("statement", completeness.Sentence());
    }

    private string Cell(NetworkAddress asset, FactFamily family)
    {
        var facts = baseline.CompletenessOf(asset, family)!.Facts;
        return facts == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{Stage(baseline.StageOf(asset, family))} {facts}");
    }

    private void WriteTextSummary(Tables tables)
    {
        var from = baseline.LearnedFrom;
        tables.WriteStrong($"Baseline {path}");
        tables.WriteField("learned from", string.Join(", ", from.Files.Select(Plain)));
        if (from.Extends is { } extended) tables.WriteField("extends", extended);
        tables.WriteField(
            "time",
            $"{Words.Moment(from.First)} to {Words.Moment(from.Last)} UTC, {Words.Duration(from.Observed)} observed");
        tables.WriteField("content hash", baseline.ContentHash);
        if (baseline.NameMap.Points.Count > 0)
            tables.WriteField("named points", baseline.NameMap.Points.Count.ToString("N0", CultureInfo.InvariantCulture));
        foreach (var sentence in baseline.Summary) tables.WriteText($"  {sentence}");
    }

    private void WriteJsonSummary()
    {
        using var json = new JsonLines(output);
        json.Write("baseline", (baseline, path), static (writer, state) =>
        {
            var (baseline, path) = state;
            writer.WriteString("file", path);
            writer.WriteString("contentHash", baseline.ContentHash);
            writer.WriteString("extends", baseline.LearnedFrom.Extends);
            writer.WriteString("first", baseline.LearnedFrom.First.ToString());
            writer.WriteString("last", baseline.LearnedFrom.Last.ToString());
            writer.WriteNumber("observations", baseline.LearnedFrom.Observations);
            writer.WriteNumber("observedSeconds", baseline.LearnedFrom.Observed.TotalSeconds);
            writer.WriteBoolean("complete", baseline.Completeness.IsComplete);
            writer.WriteNumber("approvals", baseline.Approvers().Count);
            writer.WriteNumber("approversNeeded", baseline.Options.Approvers);
            writer.WriteNumber("signatures", baseline.Endorsements.OfType<Signature>().Count());
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
