using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OtGuard.Exchange;
using OtGuard.Exchange.Sending;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Host.Output;

/// <summary>What would leave, and what left, in the form asked for.</summary>
internal static class ReleaseReport
{
    private static readonly string[] FileColumns = ["File", "Bytes", "What"];
    private static readonly string[] ReplacementColumns = ["Sort", "Stays at home", "Leaves in its place"];

    public static void WritePreview(Preview preview, bool show, string format, TextWriter output)
    {
        if (format == "jsonl")
        {
            Write(
                "preview",
                new JsonObject
                {
                    ["case"] = preview.Case.Number,
                    ["version"] = preview.Case.Version,
                    ["partner"] = preview.Partner.Id,
                    ["tlp"] = TlpText.Word(preview.Disclosure.Shared.Tlp),
                    ["stage"] = preview.Stage?.Id,
                    ["digest"] = preview.Digest,
                    ["mayLeave"] = preview.MayLeave,
                    ["obstacles"] = new JsonArray(
                        [.. preview.Obstacles.Select(one => JsonValue.Create(one.ToString()))]),
                    ["files"] = new JsonArray([
                        .. preview.Files.Select(file => new JsonObject { ["name"] = file.Name, ["bytes"] = file.Bytes.Length })]),
                    ["replaced"] = JsonSerializer.SerializeToNode(preview.Disclosure.Replacements, ExchangeJson.Records),
                    ["notLookedFor"] = new JsonArray([.. preview.Leaks.NotLookedFor.Select(one => JsonValue.Create(one))]),
                },
                output);
            return;
        }

        var tables = new Tables(output);
        tables.WriteStrong(string.Create(
            CultureInfo.InvariantCulture,
            $"Case {preview.Case.Number}, version {preview.Case.Version}, to {preview.Partner.Name} ({preview.Partner.Id}), "
            + $"{TlpText.Label(preview.Disclosure.Shared.Tlp)}{(preview.Stage is { } stage ? $", {stage.Title.En.ToLowerInvariant()}" : "")}"));
        tables.WriteText("");
        tables.Write(
            "Would leave",
            FileColumns,
            [.. preview.Files.Select(file => new[] { file.Name, Number(file.Bytes.Length), file.Purpose.En })]);
        tables.Write(
            "Replaced or left out",
            ReplacementColumns,
            [
                .. preview.Disclosure.Replacements.Select(one => new[]
                {
                    one.Sort.ToString().ToLowerInvariant(), Short(one.Original), one.Instead ?? "(nothing)",
                }),
            ]);
        if (show) WriteTexts(preview, tables);
        if (preview.Leaks.NotLookedFor.Count > 0)
            tables.WriteText(
                "Withheld, but too short or too common for their text to be looked for (their hashes were): "
                + string.Join(", ", preview.Leaks.NotLookedFor.Select(Short)));
        if (!preview.MayLeave)
        {
            tables.WriteStrong("It may not leave:");
            foreach (var obstacle in preview.Obstacles) tables.WriteText($"  {obstacle}{Hint(preview, obstacle)}");
            return;
        }

        tables.WriteText("No withheld value occurs in any of it.");
        if (preview.Partner.Releasers > 1)
            tables.WriteText(
                $"{preview.Partner.Id} wants {Number(preview.Partner.Releasers)} people to agree; "
                + (preview.Agreed.Count == 0 ? "nobody has yet." : $"{string.Join(", ", preview.Agreed)} agreed."));
        tables.WriteStrong($"To let it leave, add: --release {preview.Digest[..16]}");
    }

    public static void WriteRelease(ReleaseOutcome outcome, string format, TextWriter output)
    {
        if (outcome is not { Release: { } release, Pack: { } pack })
        {
            if (format == "jsonl")
                Write(
                    "agreement",
                    new JsonObject
                    {
                        ["agreed"] = new JsonArray([.. outcome.Agreed.Select(one => JsonValue.Create(one))]),
                        ["needed"] = outcome.Needed,
                    },
                    output);
            else
                new Tables(output).WriteStrong(
                    $"{Number(outcome.Agreed.Count)} of {Number(outcome.Needed)} people agreed ({string.Join(", ", outcome.Agreed)}); "
                    + "somebody else has to give the same digest before it leaves.");
            return;
        }

        if (format == "jsonl")
        {
            Write(
                "release",
                new JsonObject
                {
                    ["id"] = release.Id,
                    ["case"] = release.Case,
                    ["version"] = release.Version,
                    ["partner"] = release.Partner,
                    ["tlp"] = TlpText.Word(release.Tlp),
                    ["stage"] = release.Stage,
                    ["digest"] = release.Digest,
                    ["at"] = release.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                    ["by"] = release.By,
                    ["pack"] = pack,
                },
                output);
            return;
        }

        var tables = new Tables(output);
        tables.WriteStrong($"Released to {release.Partner} by {release.By}, {TlpText.Label(release.Tlp)}.");
        tables.WriteField("release", release.Id);
        tables.WriteField("pack", pack);
        tables.WriteText("  A receiver checks it with:");
        tables.WriteText("    openssl dgst -sha256 -verify signing.pub.pem -signature SHA256SUMS.sig SHA256SUMS && sha256sum -c SHA256SUMS");
    }

    public static void WriteReleases(
        IReadOnlyList<(Release Release, IReadOnlyList<DeliveryAttempt> Attempts)> releases, string format, TextWriter output)
    {
        if (format == "jsonl")
        {
            foreach (var (release, attempts) in releases)
                Write(
                    "release",
                    new JsonObject
                    {
                        ["id"] = release.Id,
                        ["version"] = release.Version,
                        ["stage"] = release.Stage,
                        ["partner"] = release.Partner,
                        ["tlp"] = TlpText.Word(release.Tlp),
                        ["at"] = release.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                        ["by"] = release.By,
                        ["digest"] = release.Digest,
                        ["attempts"] = attempts.Count,
                        ["delivered"] = attempts.Any(one => one.IsDelivered),
                    },
                    output);
            return;
        }

        new Tables(output).Write(
            "Released",
            ["Release", "When", "By", "To", "TLP", "Stage", "Version", "Delivered"],
            [
                .. releases.Select(pair => new[]
                {
                    pair.Release.Id[..8], pair.Release.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                    pair.Release.By, pair.Release.Partner, TlpText.Label(pair.Release.Tlp), pair.Release.Stage ?? "",
                    Number(pair.Release.Version),
                    pair.Attempts.Count == 0 ? "not sent"
                        : pair.Attempts.FirstOrDefault(one => one.IsDelivered) is { } done
                            ? done.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
                            : $"no: {pair.Attempts[^1].Result.Reason}",
                }),
            ]);
    }

    public static void WriteAttempt(DeliveryAttempt attempt, string format, TextWriter output)
    {
        var outcome = JsonNamingPolicy.KebabCaseLower.ConvertName(attempt.Result.Outcome.ToString());
        if (format == "jsonl")
        {
            Write(
                "delivery",
                new JsonObject
                {
                    ["release"] = attempt.Release,
                    ["attempt"] = attempt.Attempt,
                    ["outcome"] = outcome,
                    ["reason"] = attempt.Result.Reason,
                    ["reference"] = attempt.Result.Reference,
                },
                output);
            return;
        }

        var tables = new Tables(output);
        tables.WriteStrong(string.Create(CultureInfo.InvariantCulture, $"Attempt {attempt.Attempt}: {outcome.Replace('-', ' ')}."));
        if (attempt.Result.Reason is { } reason) tables.WriteText($"  {reason}");
        if (attempt.Result.Reference is { } reference) tables.WriteText($"  {reference}");
    }

    /// <summary>The text of each file; what was replaced is marked, with what stays at home beside it.</summary>
    private static void WriteTexts(Preview preview, Tables tables)
    {
        foreach (var file in preview.Files)
        {
            tables.WriteStrong(file.Name);
            tables.WriteText(string.Concat(MarkedText.Of(file, preview.Disclosure.Replacements).Select(piece =>
                piece.Replaced is { } one ? $"⟦{piece.Text} ← {Short(one.Original)}⟧" : piece.Text)));
        }
    }

    /// <summary>What the command line can do about it.</summary>
    private static string Hint(Preview preview, Obstacle obstacle) => obstacle.Kind switch
    {
        ObstacleKind.Missing =>
            string.Create(CultureInfo.InvariantCulture,
            $" 'otguard cases set {preview.Case.Number} FIELD=VALUE' fills them in."),
        ObstacleKind.ExerciseToRealChannel or ObstacleKind.RealToExercise or ObstacleKind.PlainMail or ObstacleKind.Leak => "",
    };

    private static void Write(string type, JsonObject line, TextWriter output)
    {
        line.Insert(0, "type", type);
        output.WriteLine(line.ToJsonString(ExchangeJson.Records));
    }

    private static string Short(string text)
    {
        const int longest = 60;
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= longest ? line : line[..(longest - 1)] + "…";
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
