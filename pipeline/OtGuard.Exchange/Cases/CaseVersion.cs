using System.Text.Json.Serialization;
using OtGuard.Alerting;

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
public sealed record CaseObservation : NeutralObservation
{
    /// <summary>The alert's id. Never leaves.</summary>
    public required string Alert { get; init; }

    /// <summary>Ids of its deviations, the latest of many. Never leave; evidence is found by them.</summary>
    public IReadOnlyList<string> Deviations { get; init; } = [];

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

    /// <summary>Content hash of the baseline judged by, or null. Never leaves as it is.</summary>
    public string? Baseline { get; init; }

    /// <summary>Frames that show it, counted from 1 in the order of the captures or of the live run.</summary>
    public IReadOnlyList<FrameRange> Frames { get; init; } = [];
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
public sealed record CaseVersion : NeutralCase
{
    /// <summary>The short number people use, given by the store.</summary>
    [JsonIgnore]
    public long Number { get; init; }

    /// <summary>The incident's id. Never leaves.</summary>
    public required string Incident { get; init; }

    /// <summary>The incident's number.</summary>
    public required long IncidentNumber { get; init; }

    /// <summary>Who made this version.</summary>
    public required string By { get; init; }

    /// <summary>Why, in words; empty for the first.</summary>
    public string Why { get; init; } = "";

    /// <summary>What was observed, by serial.</summary>
    public required IReadOnlyList<CaseObservation> Observations { get; init; }

    /// <summary>The worksheet, by field.</summary>
    public required IReadOnlyDictionary<string, CaseEntry> Worksheet { get; init; }

    /// <summary>The value of a field, or null.</summary>
    public string? this[string field] => Worksheet.GetValueOrDefault(field)?.Value;
}
