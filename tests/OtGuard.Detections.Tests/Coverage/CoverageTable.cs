using System.Globalization;
using System.Text;
using OtGuard.Models;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>The coverage table: the kinds that the detectors themselves name, beside the cases there are for them.</summary>
internal static class CoverageTable
{
    /// <summary>The catalogue's rows that have to be covered, by letter and number.</summary>
    private static readonly IReadOnlyList<string> Required =
    [
        .. Numbers("A", 1, 16), "A18", "A19", "A20",
        .. Numbers("B", 1, 27),
        .. Numbers("C", 1, 23),
        .. Numbers("D", 1, 25), "D27",
    ];

    private static readonly IReadOnlyList<DeviationKind> Kinds =
    [
        .. DetectorRegistry.CreateAll(new DetectorOptions())
            .SelectMany(detector => detector.Kinds)
            .Distinct()
            .Select(DeviationCatalogue.Kind),
    ];

    /// <summary>
    /// Kinds of A20 that no detector raises: what the service tells of its own sources, with what its tests act out.
    /// </summary>
    private static readonly IReadOnlyList<(string Kind, string Positive, string Twin)> OfTheService =
    [
        ("source-gone", "an interface is gone", "it is there and silent"),
        ("source-silent", "a line of ten frames a second has none for a minute", "one of a frame each 50 s has none for three"),
        ("frames-lost", "495 of 6,500 frames are lost within a minute", "5 of 6,000 are"),
        ("clock-step", "the clock jumps back by 30 s", "it is set by half a second"),
        ("visibility-falling", "half of the payload cannot be read, of which a tenth could not before",
            "a tenth cannot be, as ever"),
    ];

    /// <summary>These, and rows of kinds that are raised beyond them.</summary>
    private static readonly IReadOnlyList<string> Rows =
        [.. Required.Concat(Kinds.Select(kind => kind.Row)).Distinct().OrderBy(Order)];

    /// <summary>Required rows that no detector's kind stands for, or whose kinds lack a case.</summary>
    public static IReadOnlyList<string> Open =>
        [.. Required.Where(row => KindsOf(row) is var kinds && (kinds.Count == 0 || kinds.Any(kind => CasesOf(kind).Count == 0)))];

    /// <summary>The table in Markdown.</summary>
    public static string Render()
    {
        var text = new StringBuilder();
        text.Append("# Coverage of the deviation catalogue\n\n");
        text.Append("Generated from the detectors and the cases in `tests/OtGuard.Detections.Tests/Coverage`; each case is\n");
        text.Append("acted out on the real path, from frames to deviations. A row without a positive and a twin is open.\n\n");
        text.Append("| row | kind | rests on | severity | fires on | is silent on |\n|---|---|---|---|---|---|\n");
        foreach (var row in Rows)
        {
            var kinds = KindsOf(row);
            if (kinds.Count == 0) text.Append(CultureInfo.InvariantCulture, $"| {row} | **open** | | | | |\n");
            foreach (var kind in kinds) Append(text, kind);
        }

        text.Append("\nWhat a service tells of its own sources, acted out in ");
        text.Append("`tests/OtGuard.Host.Tests/Service/BlindnessTests.cs`:\n\n");
        text.Append("| row | kind | rests on | severity | fires on | is silent on |\n|---|---|---|---|---|---|\n");
        foreach (var (name, positive, twin) in OfTheService)
            text.Append(HeadOf(DeviationCatalogue.Kind(name))).Append(' ').Append(positive).Append(" | ").Append(twin)
                .Append(" |\n");

        return text.ToString();
    }

    /// <summary>Sorts rows by letter, then by number.</summary>
    public static int Order(string row) => row[0] * 1000 + int.Parse(row.AsSpan(1), CultureInfo.InvariantCulture);

    private static void Append(StringBuilder text, DeviationKind kind)
    {
        var head = HeadOf(kind);
        var cases = CasesOf(kind);
        if (cases.Count == 0) text.Append(head).Append(" **open** | **open** |\n");
        foreach (var acted in cases) text.Append(head).Append(' ').Append(acted.Positive).Append(" | ").Append(acted.Twin).Append(" |\n");
    }

    private static string HeadOf(DeviationKind kind)
    {
        var severity = kind.Severity < Severity.AlarmFrom ? "information" : kind.Severity.ToString(CultureInfo.InvariantCulture);
        return $"| {kind.Row} | {kind.Name} | {kind.Basis.ToString().ToLowerInvariant()} | {severity} |";
    }

    private static IReadOnlyList<DeviationKind> KindsOf(string row) =>
        [.. Kinds.Where(kind => kind.Row == row).OrderBy(kind => kind.Name, StringComparer.Ordinal)];

    private static IReadOnlyList<CoverageCase> CasesOf(DeviationKind kind) =>
        [.. CoverageCases.All.Where(acted => acted.Kind == kind.Name)];

    private static IEnumerable<string> Numbers(string letter, int first, int last) =>
        Enumerable.Range(first, last - first + 1).Select(n => letter + n.ToString(CultureInfo.InvariantCulture));
}
