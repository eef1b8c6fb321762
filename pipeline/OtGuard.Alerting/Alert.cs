using System.Text.Json.Serialization;
using OtGuard.Collectors;

namespace OtGuard.Alerting;

/// <summary>Where an alert stands with the people who act on it.</summary>
public enum AlertState : byte
{
    /// <summary>Nobody has taken it up.</summary>
    New,

    /// <summary>Somebody is on it.</summary>
    Acknowledged,

    /// <summary>Done with; raised again if it recurs.</summary>
    Closed,

    /// <summary>Silenced: it stays abnormal and is counted, nobody is told.</summary>
    Muted,
}

/// <summary>
/// What a person is told: deviations of one kind, subject and zone under one fingerprint. Merging commutes: the
/// earliest start, the latest end, sums of counts.
/// </summary>
public sealed record Alert
{
    /// <summary>The kind of the alert that stands for what exceeds a console's budget.</summary>
    public const string StormKind = "alert-storm";

    /// <summary>Sensors and protocols named; a fact is rarely seen by more, and the list stays readable.</summary>
    public const int MostNames = 8;

    /// <summary>Deterministic: from the fingerprint and the deviation that raised it.</summary>
    public required string Id { get; init; }

    /// <summary>The short number people use, given by the store; 0 before it is stored.</summary>
    public long Number { get; init; }

    /// <summary>Hash of kind, subject, site, zone and exercise: what is one alert while it is open.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Kebab-case name of the kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The catalogue's row, empty for a storm.</summary>
    public required string Catalogue { get; init; }

    /// <summary>A few words.</summary>
    public required string Title { get; init; }

    /// <summary>Who did it to whom.</summary>
    public required string Subject { get; init; }

    /// <summary>The actor's address, or null.</summary>
    public string? Actor { get; init; }

    /// <summary>The asset's address, or null.</summary>
    public string? Asset { get; init; }

    /// <summary>The step of an attack it stands for.</summary>
    public AttackPhase Phase { get; init; }

    /// <summary>The site, or null.</summary>
    public string? Site { get; init; }

    /// <summary>The zone, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>The sensors that saw it, sorted, at most <see cref="MostNames"/>.</summary>
    public IReadOnlyList<string> Sensors { get; init; } = [];

    /// <summary>The protocols it was seen in, sorted, at most <see cref="MostNames"/>.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>The console it belongs to: who has to act.</summary>
    public required string Console { get; init; }

    /// <summary>Where it stands.</summary>
    public AlertState State { get; init; }

    /// <summary>Severity 0–100: the highest of its deviations.</summary>
    public required int Severity { get; init; }

    /// <summary>Why, a clause each.</summary>
    public IReadOnlyList<string> SeverityReasons { get; init; } = [];

    /// <summary>Capture time of the first evidence.</summary>
    public required CaptureTime FirstSeen { get; init; }

    /// <summary>Capture time of the latest evidence.</summary>
    public required CaptureTime LastSeen { get; init; }

    /// <summary>When it was raised, by this machine's clock.</summary>
    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>When a deviation was last added, by this machine's clock: what silence is measured from.</summary>
    public required DateTimeOffset LastReceivedAt { get; init; }

    /// <summary>When anything of it was last changed, by this machine's clock.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>How many deviations it holds, consequences and storm included.</summary>
    public long Deviations { get; init; }

    /// <summary>How often their facts were seen in all.</summary>
    public long Occurrences { get; init; }

    /// <summary>Deviations by kind: more than one kind where consequences are held or a storm is counted.</summary>
    public IReadOnlyDictionary<string, long> Counts { get; init; } = new SortedDictionary<string, long>(
        StringComparer.Ordinal);

    /// <summary>How often it was raised: 1, and once more each time it recurred after a silence.</summary>
    public int Raised { get; init; } = 1;

    /// <summary>One plain sentence.</summary>
    public required string Explanation { get; init; }

    /// <summary>What was expected.</summary>
    public required string Expected { get; init; }

    /// <summary>What was observed.</summary>
    public required string Observed { get; init; }

    /// <summary>What to check first.</summary>
    public string? WhatToCheck { get; init; }

    /// <summary>MITRE ATT&amp;CK for ICS ids.</summary>
    public IReadOnlyList<string> Techniques { get; init; } = [];

    /// <summary>Content hash of the baseline judged by, or null.</summary>
    public string? Baseline { get; init; }

    /// <summary>True for what belongs to an exercise.</summary>
    public bool Exercise { get; init; }

    /// <summary>The closed alert it repeats, or null.</summary>
    public string? Repeats { get; init; }

    /// <summary>The incident it belongs to, or null.</summary>
    public string? Incident { get; init; }

    /// <summary>Until when it is silenced; null for as long as nobody lifts it.</summary>
    public DateTimeOffset? MutedUntil { get; init; }

    /// <summary>Where it lies as a point of a series, given by the store.</summary>
    public PointPlace? Place { get; init; }

    /// <summary>Counts every change: what makes each state of it a message of its own.</summary>
    public long Version { get; init; }

    /// <summary>True while it takes further deviations.</summary>
    [JsonIgnore]
    public bool IsOpen => State != AlertState.Closed;

    /// <summary>True for the alert that stands for what exceeds a console's budget.</summary>
    [JsonIgnore]
    public bool IsStorm => Kind == StormKind;

    /// <summary>
    /// Adds a deviation, or what came to one that is held already. The words stay those of the first deviation of the
    /// highest severity.
    /// </summary>
    /// <param name="deviation">The deviation.</param>
    /// <param name="severity">Its severity in these surroundings.</param>
    /// <param name="held">What is held of it already, or null.</param>
    /// <param name="now">This machine's clock.</param>
    public Alert Add(DeviationRecord deviation, AssessedSeverity severity, DeviationRecord? held, DateTimeOffset now)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (kind, count) in Counts) counts[kind] = count;
        if (held is null) counts[deviation.Kind] = counts.GetValueOrDefault(deviation.Kind) + 1;
        // Consequences are counted; they say nothing about how severe the cause is.
        var raises = deviation.Kind == Kind && severity.Value > Severity;
        return this with
        {
            FirstSeen = deviation.FirstSeen < FirstSeen ? deviation.FirstSeen : FirstSeen,
            LastSeen = deviation.LastSeen > LastSeen ? deviation.LastSeen : LastSeen,
            LastReceivedAt = now > LastReceivedAt ? now : LastReceivedAt,
            Deviations = Deviations + (held is null ? 1 : 0),
            Occurrences = Occurrences + Math.Max(0, deviation.Occurrences - (held?.Occurrences ?? 0)),
            Counts = counts,
            // A storm is as severe as the most severe it holds, and keeps words of its own.
            Severity = raises || IsStorm ? Math.Max(Severity, severity.Value) : Severity,
            SeverityReasons = raises ? severity.Reasons : SeverityReasons,
            Explanation = raises ? deviation.Explanation : Explanation,
            Expected = raises ? deviation.Expected : Expected,
            Observed = raises ? deviation.Observed : Observed,
            Sensors = With(Sensors, deviation.Sensor),
            Protocols = With(Protocols, deviation.Protocol),
        };
    }

    private static IReadOnlyList<string> With(IReadOnlyList<string> names, string name) =>
        names.Count >= MostNames || names.Contains(name, StringComparer.Ordinal)
            ? names
            : [.. names.Append(name).Order(StringComparer.Ordinal)];
}
