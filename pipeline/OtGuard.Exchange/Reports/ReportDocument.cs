using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OtGuard.Models;
using OtGuard.Alerting;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Stix;

namespace OtGuard.Exchange.Reports;

/// <summary>A part of a printed report.</summary>
internal abstract record ReportBlock;

/// <summary>A heading.</summary>
internal sealed record Heading(string Text) : ReportBlock;

/// <summary>A paragraph.</summary>
internal sealed record Paragraph(string Text) : ReportBlock;

/// <summary>A name, its value, and what that rests on.</summary>
internal sealed record Entry(string Name, string Value, string Note) : ReportBlock;

/// <summary>A table. Widths are shares of the page.</summary>
internal sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<double> Widths, IReadOnlyList<string[]> Rows) : ReportBlock;

/// <summary>A report in one language, before it is laid out.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Subtitle">To whom, by which law.</param>
/// <param name="Label">The level of TLP, on every page.</param>
/// <param name="Footer">Case and version, on every page.</param>
/// <param name="Exercise">The word for an exercise, on every page; null where it is none.</param>
/// <param name="Blocks">Its parts.</param>
/// <param name="ModifiedAt">The date of the case's version.</param>
internal sealed record ReportDocument(
    string Title, string Subtitle, string Label, string Footer, string? Exercise, IReadOnlyList<ReportBlock> Blocks,
    DateTimeOffset ModifiedAt)
{
    private static readonly double[] ObservationWidths = [0.05, 0.15, 0.26, 0.36, 0.09, 0.09];
    private static readonly double[] IndicatorWidths = [0.3, 0.7];

    /// <summary>The German words of a kind; its English ones where there are none.</summary>
    public static string TitleOf(string kind, string english, Language language) => language switch
    {
        Language.En => english,
        Language.De => DeviationCatalogue.German.GetValueOrDefault(kind)?.Title ?? english,
    };

    /// <summary>Everything a person reads in it.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder().AppendLine(Title).AppendLine(Subtitle).AppendLine(Label).AppendLine(Footer);
            if (Exercise is not null) text.AppendLine(Exercise);
            foreach (var block in Blocks)
            {
                _ = block switch
                {
                    Heading heading => text.AppendLine().AppendLine(heading.Text),
                    Paragraph paragraph => text.AppendLine(paragraph.Text),
                    Entry entry => text.AppendLine(CultureInfo.InvariantCulture, $"{entry.Name}: {entry.Value} ({entry.Note})"),
                    Table table => text.AppendLine(string.Join('\n', table.Rows.Prepend([.. table.Columns]).Select(row => string.Join(" | ", row)))),
                    _ => throw new InvalidOperationException(),
                };
            }

            return text.ToString();
        }
    }

    /// <summary>The report of a case in a language.</summary>
    public static ReportDocument Make(SharedCase @case, Language language)
    {
        string T(string en, string de) => language == Language.En ? en : de;
        var blocks = new List<ReportBlock>();
        if (@case.Exercise)
            blocks.Add(new Paragraph(T("This is an exercise. Nothing of it happened.", "Dies ist eine Übung. Nichts davon ist geschehen.")));
        blocks.Add(new Heading(T("Reference", "Aktenzeichen")));
        blocks.Add(Plain(T("Case", "Fall"), @case.Id));
        blocks.Add(Plain(
            T("Version", "Version"),
            T($"{@case.Version}, of {Moment(@case.ModifiedAt)}", $"{@case.Version}, vom {Moment(@case.ModifiedAt)}")));
        blocks.Add(Plain(T("Recipient", "Empfänger"), @case.Recipient.In(language)));
        blocks.Add(Plain(T("Reported by", "Gemeldet von"), @case.Operator.Name));
        foreach (var (standing, en, de) in new[]
        {
            (Standing.Reported, "Reported by people", "Angaben von Personen"),
            (Standing.Observed, "Observed in the traffic", "Im Verkehr beobachtet"),
            (Standing.Inferred, "Inferred from what was observed", "Aus Beobachtungen geschlossen"),
        })
        {
            var fields = @case.Fields.Where(field => field.Standing == standing).ToList();
            if (fields.Count == 0) continue;
            blocks.Add(new Heading(T(en, de)));
            foreach (var field in fields)
                blocks.Add(new Entry(field.Label.In(language), field.Value.In(language), Note(field, language)));
        }

        if (@case.Fields.All(field => field.Id != "attribution"))
            blocks.Add(new Paragraph(T("No attribution is made.", "Eine Zuschreibung wird nicht vorgenommen.")));
        AddObservations(@case, language, blocks);
        if (@case.WithIndicators) AddIndicators(@case, language, blocks);
        blocks.Add(new Heading(T("How to read it", "Zum Lesen")));
        blocks.Add(new Paragraph(T(
            "Addresses in 240.0.0.0/4, 0100::/64 and those that begin with 06:00, and names such as name-… and user-…, are pseudonyms: "
            + "the same value has the same pseudonym in everything sent to you, and the operator can say what stands behind it. "
            + "They must not be searched for or blocked. What was observed was seen by OtGuard, a passive monitor; what was inferred is its conclusion.",
            "Adressen in 240.0.0.0/4 und 0100::/64, solche, die mit 06:00 beginnen, und Namen wie name-… und user-… sind Pseudonyme: "
            + "Derselbe Wert hat in allem, was Ihnen gesendet wird, dasselbe Pseudonym, und der Betreiber kann sagen, was dahinter steht. "
            + "Nach ihnen darf weder gesucht noch darf danach gesperrt werden. Beobachtetes hat OtGuard gesehen, ein passiver Monitor; "
            + "Geschlossenes ist dessen Schlussfolgerung.")));
        return new ReportDocument(
            @case.StageTitle.In(language),
            T($"by {@case.Law.En}", $"nach {@case.Law.In(Language.De)}"),
            TlpText.Label(@case.Tlp),
            T($"Case {@case.Id}, version {@case.Version}", $"Fall {@case.Id}, Version {@case.Version}"),
            @case.Exercise ? T("EXERCISE", "ÜBUNG") : null,
            blocks,
            @case.ModifiedAt);
    }

    /// <summary>The same for machines.</summary>
    public static JsonObject Json(SharedCase @case)
    {
        var observations = new JsonArray();
        foreach (var one in @case.Observations)
        {
            var item = new JsonObject
            {
                ["number"] = one.Serial,
                ["kind"] = one.Kind,
                ["catalogue"] = one.Catalogue,
                ["title"] = Both(one.Title, TitleOf(one.Kind, one.Title, Language.De)),
                ["protocol"] = one.Protocol,
                ["actor"] = Party(one.Actor),
                ["asset"] = Party(one.Asset),
                ["sentence"] = one.Sentence,
                ["operation"] = one.Operation,
                ["severity"] = one.Severity,
                ["phase"] = one.Phase == AttackPhase.None ? null : one.Phase.ToString().ToLowerInvariant(),
                ["techniques"] = new JsonArray([.. one.Techniques.Select(id => JsonValue.Create(id))]),
                ["firstSeen"] = StixBundle.Time(one.FirstSeen),
                ["lastSeen"] = StixBundle.Time(one.LastSeen),
                ["occurrences"] = one.Occurrences,
                ["confidence"] = one.Confidence,
                ["baseline"] = one.Baseline,
            };
            observations.Add(item);
        }

        return new JsonObject
        {
            ["type"] = "otguard-report",
            ["format"] = "1.0",
            ["case"] = @case.Id,
            ["version"] = @case.Version,
            ["created"] = StixBundle.Time(@case.CreatedAt),
            ["modified"] = StixBundle.Time(@case.ModifiedAt),
            ["tlp"] = TlpText.Label(@case.Tlp),
            ["exercise"] = @case.Exercise,
            ["regime"] = @case.Regime,
            ["law"] = Both(@case.Law),
            ["stage"] = @case.Stage,
            ["title"] = Both(@case.StageTitle),
            ["recipient"] = Both(@case.Recipient),
            ["operator"] = @case.Operator.Name,
            ["attackVersion"] = AttackTechniques.Version,
            ["fields"] = new JsonArray([
                .. @case.Fields.Select(field => new JsonObject
                {
                    ["id"] = field.Id,
                    ["label"] = Both(field.Label),
                    ["value"] = field.Raw,
                    ["standing"] = field.Standing.ToString().ToLowerInvariant(),
                    ["source"] = field.Source,
                    ["confidence"] = field.Confidence,
                })]),
            ["observations"] = observations,
            ["furtherObservations"] = @case.Further,
        };
    }

    private static void AddObservations(SharedCase @case, Language language, List<ReportBlock> blocks)
    {
        string T(string en, string de) => language == Language.En ? en : de;
        if (@case.Observations.Count == 0) return;
        blocks.Add(new Heading(T("Course of events", "Verlauf")));
        blocks.Add(new Table(
            [T("No.", "Nr."), T("First seen (UTC)", "Zuerst (UTC)"), T("What", "Was"), T("Who, to whom", "Wer, an wem"),
                T("Times", "Anzahl"), T("Severity", "Schwere")],
            ObservationWidths,
            [
                .. @case.Observations.OrderBy(one => one.FirstSeen).ThenBy(one => one.Serial).Select(one => new[]
                {
                    Number(one.Serial),
                    Moment(DateTimeOffset.UnixEpoch.AddTicks(one.FirstSeen.UnixNanoseconds / TimeSpan.NanosecondsPerTick)),
                    $"{TitleOf(one.Kind, one.Title, language)} ({string.Join(", ", one.Techniques.Prepend(one.Protocol).Where(word => word.Length > 0))})",
                    Who(one), Number(one.Occurrences), Number(one.Severity),
                }),
            ]));
        if (@case.Further > 0)
            blocks.Add(new Paragraph(T($"And {@case.Further} more observations.", $"Und {@case.Further} weitere Beobachtungen.")));
        if (language == Language.En)
            foreach (var one in @case.Observations.OrderBy(one => one.FirstSeen).ThenBy(one => one.Serial))
                blocks.Add(new Paragraph($"{Number(one.Serial)}. {one.Sentence}"));
        var techniques = @case.Observations.SelectMany(one => one.Techniques).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal).Select(AttackTechniques.Find).OfType<AttackTechnique>().ToList();
        if (techniques.Count > 0)
            blocks.Add(new Paragraph(
                $"MITRE ATT&CK for ICS {AttackTechniques.Version}: {string.Join(", ", techniques.Select(one => $"{one.Id} {one.Name}"))}."));
    }

    private static void AddIndicators(SharedCase @case, Language language, List<ReportBlock> blocks)
    {
        string T(string en, string de) => language == Language.En ? en : de;
        var rows = @case.Observations.GroupBy(one => (one.Protocol, one.Kind)).Select(group => new[]
        {
            TitleOf(group.Key.Kind, group.First().Title, language),
            T($"behaviour {group.Key.Kind} in {group.Key.Protocol}", $"Verhalten {group.Key.Kind} in {group.Key.Protocol}"),
        }).Concat(@case.Observations.Where(one => one.Actor is { IsPseudonym: false, IsPublic: true }).Select(one => one.Actor!.Value)
            .Distinct(StringComparer.Ordinal).Select(address => new[] { T("Public address that acted", "Handelnde öffentliche Adresse"), address }))
            .ToList();
        if (rows.Count == 0) return;
        blocks.Add(new Heading(T("Indicators of compromise", "Kompromittierungsindikatoren")));
        blocks.Add(new Table([T("What", "Was"), T("Indicator", "Indikator")], IndicatorWidths, rows));
        blocks.Add(new Paragraph(T(
            "In full, with patterns, in case.stix.json and case.misp.json.", "Vollständig, mit Mustern, in case.stix.json und case.misp.json.")));
    }

    private static string Who(SharedObservation one)
    {
        var actor = one.Actor?.Value ?? one.Bus ?? "—";
        var asset = one.Asset is { } target ? $" → {target.Value}" : "";
        var identifier = one.CanIdentifier is { } id && !actor.Contains(':', StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $" 0x{id:X3}") : "";
        var operation = one.Operation is { } text ? $"; {text}" : "";
        return $"{actor}{asset}{identifier}{operation}";
    }

    private static string Note(SharedField field, Language language)
    {
        // Reasons are worded in English; in German their source alone is named.
        var colon = field.Source.IndexOf(": ", StringComparison.Ordinal);
        var source = language == Language.En ? field.Source
            : field.Source == "operator" ? "Betreiber"
            : colon < 0 ? field.Source : field.Source[..colon];
        return field.Confidence is not { } confidence
            ? source
            : language == Language.En
                ? string.Create(CultureInfo.InvariantCulture, $"{source}; confidence {confidence} of 100")
                : string.Create(CultureInfo.InvariantCulture, $"{source}; Sicherheit {confidence} von 100");
    }

    private static Entry Plain(string name, string value) => new(name, value, "");

    private static JsonObject? Party(SharedParty? party) => party is null
        ? null
        : new JsonObject { ["value"] = party.Value, ["pseudonym"] = party.IsPseudonym };

    private static JsonObject Both(LocalText text) => Both(text.En, text.De);

    private static JsonObject Both(string en, string? de) => new() { ["en"] = en, ["de"] = de ?? en };

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Moment(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
