using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.DeclaredWrites;

/// <summary>
/// B3, B4: a write to a place for which writers, hours or a range of values are declared, and which is by another host,
/// at another time, or of another value.
/// </summary>
/// <remarks>
/// Judged by what is declared alone, whether it was learned or not. Several declarations for one place permit what any
/// of them permits. What was refused or left unanswered is judged like any other: it was meant.
/// </remarks>
internal sealed class DeclaredWritesDetector(DeclaredSite site) : IDetector
{
    private static readonly DeviationKind Writer = DeviationCatalogue.Kind("writer-not-declared");
    private static readonly DeviationKind Hours = DeviationCatalogue.Kind("write-outside-hours");
    private static readonly DeviationKind Range = DeviationCatalogue.Kind("written-value-not-declared");

    public string Name => "declared-writes";

    public IReadOnlyList<string> Kinds { get; } = [Writer.Name, Hours.Name, Range.Name];

    public Interests Interests => site.HasWrites ? Interests.Write : Interests.None;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (!observation.IsWrite || !Circumstances.IsAsked(in observation)) return;
        var rules = site.WritesTo(observation.Connection.Server.Address);
        if (rules.IsEmpty) return;
        var target = observation.Operation == Operation.ReadWrite ? observation.WriteTarget : observation.Target;
        var values = observation.RequestValues;
        var name = target.Space == TargetSpace.Nodes ? context.Protocols[observation.Protocol].TargetKey(target) : null;
        for (var i = 0; i < target.Count; i++)
        {
            int? value = i < values.Count && values.Encoding is ValueEncoding.Bits or ValueEncoding.UInt16BigEndian
                ? context.Batch.Value(values, i)
                : null;
            if (Judge(rules, in observation, target.Space, (uint)(target.Start + i), name, value) is not { } found) continue;
            Raise(found.Kind, found.Rule, in observation, target with { Start = (uint)(target.Start + i), Count = 1 },
                value, context);
            return;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    /// <summary>
    /// What no declaration permits at that place, with the one that comes nearest; null where one does.
    /// </summary>
    private static (DeviationKind Kind, DeclaredWrite Rule)? Judge(
        ReadOnlySpan<DeclaredWrite> rules, in Observation observation, TargetSpace space, uint address, string? name,
        int? value)
    {
        (DeviationKind Kind, DeclaredWrite Rule)? nearest = null;
        foreach (var rule in rules)
        {
            if (!rule.Covers(observation.Unit, space, address, name)) continue;
            if (!rule.Permits(observation.Connection.Client.Address)) nearest ??= (Writer, rule);
            else if (rule.Hours is { } hours && !hours.Contains(observation.Time)) nearest = (Hours, rule);
            else if (value is { } written && !rule.Holds(written)) nearest = (Range, rule);
            else return null;
        }

        return nearest;
    }

    private static void Raise(
        DeviationKind kind, DeclaredWrite rule, in Observation observation, Target target, int? value,
        DetectionContext context)
    {
        var key = Facts.OfRange(in observation, target, write: true, target.Start)
            .OrTried(kind, in observation, context);
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var conversation = observation.Connection.Conversation;
        var refused = observation.Outcome == Outcome.Rejected;
        var severity = new SeverityTally(kind).Add(refused, -20, "the server refused it");
        var place = Phrases.Place(context.Protocols[observation.Protocol], target, "an unnamed place");
        var written = value is { } one ? one.ToString(CultureInfo.InvariantCulture)
            : "a value the message does not state";
        var declared = kind == Writer ? Phrases.List(rule.Writers) : kind == Hours ? rule.Hours!.ToString()
            : Bounds(rule);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = kind == Writer ? $"writes by {declared}" : kind == Hours ? $"writes {declared}" : declared,
                Observed = $"{conversation.Client} wrote {written} to {place}",
                Message = new Message(
                    kind.Name,
                    ("client", conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("place", place),
                    ("value", written),
                    ("before", Phrases.Before(in observation, target, context)),
                    ("declared", declared)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Outcome = observation.Outcome,
            },
            in observation);
    }

    private static string Bounds(DeclaredWrite rule) => (rule.Low, rule.High) switch
    {
        ({ } low, { } high) => string.Create(CultureInfo.InvariantCulture, $"{low} to {high}"),
        ({ } low, null) => string.Create(CultureInfo.InvariantCulture, $"{low} at least"),
        (null, { } high) => string.Create(CultureInfo.InvariantCulture, $"{high} at most"),
        (null, null) => "any value",
    };
}
