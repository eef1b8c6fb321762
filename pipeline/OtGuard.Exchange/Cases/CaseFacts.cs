using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Exchange.Cases;

/// <summary>Gathers what was observed of an incident.</summary>
internal static class CaseFacts
{
    /// <summary>Alerts a case holds; the rest is counted. A report of more is not read.</summary>
    public const int MostObservations = 200;

    /// <summary>How incidents of this program are detected.</summary>
    public const string DetectedHow = "OtGuard, passive monitoring of network and bus traffic";

    /// <summary>Deviations of an alert that evidence is looked up for.</summary>
    private const int MostDeviations = 50;

    private const int RuleConfidence = 90;
    private const int LearnedConfidence = 80;
    private const int StatisticalConfidence = 60;

    /// <summary>The observations of an incident; those of an earlier version keep their serial.</summary>
    public static async Task<IReadOnlyList<CaseObservation>> GatherAsync(
        IAlertStore store, Incident incident, IReadOnlyList<CaseObservation> before, CancellationToken cancellation)
    {
        var serials = before.ToDictionary(one => one.Alert, one => one.Serial, StringComparer.Ordinal);
        var next = before.Count == 0 ? 1 : before.Max(one => one.Serial) + 1;
        var observations = new List<CaseObservation>();
        foreach (var id in incident.Timeline.Select(step => step.Alert).Distinct(StringComparer.Ordinal)
            .Take(MostObservations))
        {
            // What was once in the case stays in it, also where the store has forgotten the alert.
            if (await store.FindAlertAsync(id, cancellation) is not { } alert)
            {
                observations.AddRange(before.Where(one => one.Alert == id));
                continue;
            }

            var deviations = await store.ListDeviationsAsync(id, 0, MostDeviations, cancellation);
            if (!serials.TryGetValue(id, out var serial)) serial = next++;
            observations.Add(Of(alert, serial, [.. deviations.Select(stored => stored.Deviation)]));
        }

        return [.. observations.OrderBy(one => one.Serial)];
    }

    /// <summary>What of the worksheet follows from the observations.</summary>
    public static IEnumerable<(string Field, CaseEntry Entry)> Entries(
        Incident incident, IReadOnlyList<CaseObservation> observations, DateTimeOffset now)
    {
        // Alerts go on growing after they were put into the incident.
        yield return Observed("occurredAt", Moment(observations.Select(one => one.FirstSeen).Append(incident.FirstSeen).Min()));
        yield return Observed("lastSeenAt", Moment(observations.Select(one => one.LastSeen).Append(incident.LastSeen).Max()));
        yield return Observed("detectedHow", DetectedHow);
        yield return Observed(
            "observations", observations.Count.ToString(CultureInfo.InvariantCulture));
        if (observations.Count == 0) yield break;
        yield return Observed("protocols", Join(observations.Select(one => one.Protocol)));
        // Who was acted upon; on a bus, where nobody is addressed, the bus.
        var assets = Join(observations.Select(one => one.Asset));
        if ((assets.Length > 0 ? assets : Join(observations.Select(one => one.Actor))) is { Length: > 0 } components)
            yield return Observed("components", components);
        if (Join(observations.Select(one => one.Zone)) is { Length: > 0 } zones) yield return Observed("zones", zones);
        var confidence = observations.Max(one => one.Confidence);
        if (Join(observations.SelectMany(one => one.Techniques)) is { Length: > 0 } techniques)
            yield return Inferred("techniques", techniques, "MITRE ATT&CK for ICS " + DeviationCatalogue.AttackVersion);
        yield return Inferred(
            "severity", incident.Severity.ToString(CultureInfo.InvariantCulture),
            incident.SeverityReasons.Count == 0 ? "OtGuard" : "OtGuard: " + string.Join("; ", incident.SeverityReasons));

        (string, CaseEntry) Observed(string field, string value) =>
            (field, new CaseEntry(value, Standing.Observed, "OtGuard", 90, now));
        (string, CaseEntry) Inferred(string field, string value, string source) =>
            (field, new CaseEntry(value, Standing.Inferred, source, confidence, now));
    }

    /// <summary>A moment as worksheets have it: to the second, in UTC.</summary>
    public static string Moment(CaptureTime time) => Moment(
        DateTimeOffset.UnixEpoch.AddTicks(time.UnixNanoseconds / TimeSpan.NanosecondsPerTick));

    /// <summary>A moment as worksheets have it: to the second, in UTC.</summary>
    public static string Moment(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static CaseObservation Of(Alert alert, int serial, IReadOnlyList<DeviationRecord> deviations)
    {
        // The alert's words are those of its first deviation of the highest severity: its arguments belong to them.
        var words = deviations.FirstOrDefault(one => one.Explanation == alert.Explanation) ?? (deviations.Count > 0 ? deviations[0] : null);
        return new CaseObservation
        {
            Serial = serial,
            Alert = alert.Id,
            Deviations = [.. deviations.Select(one => one.Id)],
            Kind = alert.Kind,
            Catalogue = alert.Catalogue,
            Title = alert.Title,
            Protocol = words?.Protocol ?? (alert.Protocols.Count > 0 ? alert.Protocols[0] : ""),
            Actor = alert.Actor,
            Asset = alert.Asset,
            Subject = alert.Subject,
            Message = words?.MessageKey,
            Arguments = words?.Arguments ?? new Dictionary<string, string>(),
            Expected = alert.Expected,
            Observed = alert.Observed,
            Site = alert.Site,
            Zone = alert.Zone,
            Sensors = alert.Sensors,
            Severity = alert.Severity,
            Phase = alert.Phase,
            Techniques = alert.Techniques,
            Baseline = alert.Baseline,
            FirstSeen = alert.FirstSeen,
            LastSeen = alert.LastSeen,
            Occurrences = alert.Occurrences,
            Frames = [.. deviations.SelectMany(one => one.Frames).Distinct().OrderBy(range => range.First).Take(256)],
            Confidence = words?.Basis switch
            {
                DetectionBasis.Rule or DetectionBasis.Policy => RuleConfidence,
                DetectionBasis.Learned => LearnedConfidence,
                DetectionBasis.Statistical or null => StatisticalConfidence,
            },
        };
    }

    private static string Join(IEnumerable<string?> words) =>
        string.Join(", ", words.Where(word => !string.IsNullOrEmpty(word)).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal));
}
