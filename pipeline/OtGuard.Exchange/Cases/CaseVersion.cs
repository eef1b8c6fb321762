using System.Text.Json.Serialization;
using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Exchange.Cases;

/// <summary>What a statement rests on.</summary>
public enum Standing : byte
{
    /// <summary>Seen in the traffic.</summary>
    Observed,

    /// <summary>Concluded from what was seen.</summary>
    Inferred,

    /// <summary>Said by a person.</summary>
    Reported,
}

/// <summary>What the worksheet holds in a field.</summary>
/// <param name="Value">The value, as the field's kind has it.</param>
/// <param name="Standing">What it rests on.</param>
/// <param name="Source">Who or what says so.</param>
/// <param name="Confidence">0 to 100; null where a person gave none.</param>
/// <param name="At">When it was said or concluded.</param>
public sealed record CaseEntry(string Value, Standing Standing, string Source, int? Confidence, DateTimeOffset At);

/// <summary>One alert of the incident, as the case holds it.</summary>
public sealed record CaseObservation
{
    /// <summary>
    /// Its number within the case, from 1, which it keeps: what identifiers are made of instead of the alert's own,
    /// which is a hash over what may have to stay at home.
    /// </summary>
    public required int Serial { get; init; }

    /// <summary>The alert's id. Never leaves.</summary>
    public required string Alert { get; init; }

    /// <summary>Ids of its deviations, the latest of many. Never leave; evidence is found by them.</summary>
    public IReadOnlyList<string> Deviations { get; init; } = [];

    /// <summary>Kebab-case name of the kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The catalogue's row.</summary>
    public required string Catalogue { get; init; }

    /// <summary>A few words for the kind.</summary>
    public required string Title { get; init; }

    /// <summary>The protocol's name.</summary>
    public required string Protocol { get; init; }

    /// <summary>Who did it, or null.</summary>
    public string? Actor { get; init; }

    /// <summary>To whom, or null.</summary>
    public string? Asset { get; init; }

    /// <summary>Who did it to whom, in words.</summary>
    public required string Subject { get; init; }

    /// <summary>The sentence's key; null for a sentence that has none.</summary>
    public string? Message { get; init; }

    /// <summary>The sentence's arguments.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>What was expected.</summary>
    public required string Expected { get; init; }

    /// <summary>What was observed.</summary>
    public required string Observed { get; init; }

    /// <summary>The site, or null.</summary>
    public string? Site { get; init; }

    /// <summary>The zone, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>The sensors that saw it.</summary>
    public IReadOnlyList<string> Sensors { get; init; } = [];

    /// <summary>Severity 0 to 100.</summary>
    public required int Severity { get; init; }

    /// <summary>The step of an attack it stands for.</summary>
    public AttackPhase Phase { get; init; }

    /// <summary>MITRE ATT&amp;CK for ICS ids.</summary>
    public IReadOnlyList<string> Techniques { get; init; } = [];

    /// <summary>Content hash of the baseline judged by, or null. Never leaves as it is.</summary>
    public string? Baseline { get; init; }

    /// <summary>Capture time of the first evidence.</summary>
    public required CaptureTime FirstSeen { get; init; }

    /// <summary>Capture time of the latest evidence.</summary>
    public required CaptureTime LastSeen { get; init; }

    /// <summary>How often the fact was seen.</summary>
    public required long Occurrences { get; init; }

    /// <summary>Frames that show it, counted from 1 in the order of the captures or of the live run.</summary>
    public IReadOnlyList<FrameRange> Frames { get; init; } = [];

    /// <summary>What a detector of this kind is worth: 90 for rules, 80 for learned sets, 60 for statistics.</summary>
    public required int Confidence { get; init; }
}

/// <summary>A stage that was released.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Release">The release's id.</param>
/// <param name="Version">The version that left.</param>
/// <param name="At">When.</param>
public sealed record SentStage(string Stage, string Release, int Version, DateTimeOffset At);

/// <summary>
/// One version of a case: an incident on its way to partners. Immutable; a correction is the next version.
/// </summary>
public sealed record CaseVersion
{
    /// <summary>Its id: a random UUID, the same for all versions.</summary>
    public required string Id { get; init; }

    /// <summary>The short number people use, given by the store.</summary>
    [JsonIgnore]
    public long Number { get; init; }

    /// <summary>The incident's id. Never leaves.</summary>
    public required string Incident { get; init; }

    /// <summary>The incident's number.</summary>
    public required long IncidentNumber { get; init; }

    /// <summary>From 1.</summary>
    public required int Version { get; init; }

    /// <summary>The reporting regime's id.</summary>
    public required string Regime { get; init; }

    /// <summary>When the first version was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When this version was made.</summary>
    public required DateTimeOffset ModifiedAt { get; init; }

    /// <summary>Who made this version.</summary>
    public required string By { get; init; }

    /// <summary>Why, in words; empty for the first.</summary>
    public string Why { get; init; } = "";

    /// <summary>True where any of it belongs to an exercise: it cannot be sent to a real channel.</summary>
    public required bool Exercise { get; init; }

    /// <summary>Severity 0 to 100.</summary>
    public required int Severity { get; init; }

    /// <summary>Whether the incident is closed.</summary>
    public bool IsClosed { get; init; }

    /// <summary>What was observed, by serial.</summary>
    public required IReadOnlyList<CaseObservation> Observations { get; init; }

    /// <summary>Alerts of the incident beyond those held.</summary>
    public long Further { get; init; }

    /// <summary>The worksheet, by field.</summary>
    public required IReadOnlyDictionary<string, CaseEntry> Worksheet { get; init; }

    /// <summary>The value of a field, or null.</summary>
    public string? this[string field] => Worksheet.GetValueOrDefault(field)?.Value;
}
