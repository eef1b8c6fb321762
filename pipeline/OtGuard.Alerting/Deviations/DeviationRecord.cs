using System.Text.Json.Serialization;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Alerting;

/// <summary>Frames from first to last, both included, counted from 1.</summary>
public readonly record struct FrameRange(long First, long Last);

/// <summary>
/// A deviation as it is kept and sent: a snapshot of a <see cref="Deviation"/> that no longer grows. Its JSON is the
/// machine-readable form that <c>detect --format jsonl</c> prints.
/// </summary>
public sealed record DeviationRecord
{
    /// <summary>
    /// Deterministic: from sensor, kind, subject and first evidence. What makes storing it twice one row.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>Kebab-case name of the kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The catalogue's row: <c>B1</c>.</summary>
    public required string Catalogue { get; init; }

    /// <summary>A few words for the kind.</summary>
    public required string Title { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required DeviationState State { get; init; }

    /// <summary>Capture time of the first evidence.</summary>
    [JsonPropertyName("time")]
    public required CaptureTime FirstSeen { get; init; }

    /// <summary>Capture time of the latest evidence.</summary>
    [JsonPropertyName("lastTime")]
    public required CaptureTime LastSeen { get; init; }

    /// <summary>The frames that show it, at most <see cref="FrameRanges.Capacity"/> ranges.</summary>
    public IReadOnlyList<FrameRange> Frames { get; init; } = [];

    /// <summary>Who did it to whom: <c>10.0.0.66 → 10.0.0.9 unit 1</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>What was expected.</summary>
    public required string Expected { get; init; }

    /// <summary>What was observed.</summary>
    public required string Observed { get; init; }

    /// <summary>One plain sentence.</summary>
    public required string Explanation { get; init; }

    /// <summary>The sentence's key, from which any language is made.</summary>
    [JsonPropertyName("message")]
    public string? MessageKey { get; init; }

    /// <summary>The sentence's arguments.</summary>
    [JsonPropertyName("args")]
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>Severity 0–100 as the detector gave it.</summary>
    public required int Severity { get; init; }

    /// <summary>Why, a clause each.</summary>
    public IReadOnlyList<string> SeverityReasons { get; init; } = [];

    /// <summary>What the kind rests on.</summary>
    public DetectionBasis Basis { get; init; }

    /// <summary>How far off, on <see cref="Scale"/>; null where it is a yes or no.</summary>
    public double? Score { get; init; }

    /// <summary>What the score measures, or null.</summary>
    public string? Scale { get; init; }

    /// <summary>MITRE ATT&amp;CK for ICS ids.</summary>
    public IReadOnlyList<string> Techniques { get; init; } = [];

    /// <summary>The version of ATT&amp;CK they are taken from.</summary>
    public string? AttackVersion { get; init; }

    /// <summary>The protocol's name.</summary>
    public required string Protocol { get; init; }

    /// <summary>How many frames it covers.</summary>
    [JsonPropertyName("count")]
    public long FrameCount { get; init; }

    /// <summary>How often the fact was seen.</summary>
    public required long Occurrences { get; init; }

    /// <summary>What a control-room engineer checks first.</summary>
    public string? WhatToCheck { get; init; }

    /// <summary>The site, where one is declared.</summary>
    public string? Site { get; init; }

    /// <summary>The zone, where one is declared.</summary>
    public string? Zone { get; init; }

    /// <summary>The sensor that saw it.</summary>
    public required string Sensor { get; init; }

    /// <summary>Content hash of the baseline judged by, or null.</summary>
    public string? Baseline { get; init; }

    /// <summary>True for what belongs to an exercise.</summary>
    public bool Exercise { get; init; }

    /// <summary>
    /// Who did it: the address of the client, the sender or the bus; null where the subject names nobody.
    /// </summary>
    public string? Actor { get; init; }

    /// <summary>To whom: the address of the server; null where the subject names one party only.</summary>
    public string? Asset { get; init; }

    /// <summary>True where it is told for information and raises no alert.</summary>
    [JsonIgnore]
    public bool IsInformation => Severity < Models.Severity.AlarmFrom;

    /// <summary>The step of an attack it stands for.</summary>
    [JsonIgnore]
    public AttackPhase Phase => AttackPhases.Of(Techniques);

    /// <summary>The state of a deviation at this moment.</summary>
    /// <param name="deviation">The deviation; read on the thread that judges.</param>
    /// <param name="protocol">The protocol's name.</param>
    /// <param name="origin">Where it was seen, beyond the sensor.</param>
    public static DeviationRecord Of(Deviation deviation, string protocol, DeviationOrigin origin)
    {
        var finding = deviation.Finding;
        var frames = deviation.Frames;
        var (actor, asset) = Parties.Of(finding.Subject);
        return new DeviationRecord
        {
            Id = deviation.Id,
            Kind = finding.Kind.Name,
            Catalogue = finding.Kind.Row,
            Title = finding.Kind.Title,
            State = deviation.State,
            FirstSeen = deviation.FirstSeen,
            LastSeen = deviation.LastSeen,
            Frames = Ranges(frames),
            Subject = finding.Subject,
            Expected = finding.Expected,
            Observed = finding.Observed,
            Explanation = Messages.Format(finding.Message),
            MessageKey = finding.Message.Key,
            Arguments = finding.Message.Arguments.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal),
            Severity = finding.Severity,
            SeverityReasons = finding.SeverityReasons,
            Basis = finding.Kind.Basis,
            Score = finding.Score is { } score && double.IsFinite(score) ? score : null,
            Scale = finding.Scale,
            Techniques = finding.Kind.Techniques,
            AttackVersion = DeviationCatalogue.AttackVersion,
            Protocol = protocol,
            FrameCount = frames.Count,
            Occurrences = deviation.Occurrences,
            WhatToCheck = finding.Kind.WhatToCheck,
            Site = origin.Site,
            Zone = origin.Zone,
            Sensor = deviation.Sensor,
            Baseline = deviation.Baseline,
            Exercise = origin.Exercise,
            Actor = actor,
            Asset = asset,
        };
    }

    private static FrameRange[] Ranges(FrameRanges frames)
    {
        var ranges = new FrameRange[frames.Ranges.Length];
        for (var i = 0; i < ranges.Length; i++) ranges[i] = new FrameRange(frames.Ranges[i].First,
            frames.Ranges[i].Last);
        return ranges;
    }
}

/// <summary>Where a deviation was seen.</summary>
/// <param name="Site">The site, or null where none is declared.</param>
/// <param name="Zone">The zone, or null.</param>
/// <param name="Exercise">True for what belongs to an exercise.</param>
public sealed record DeviationOrigin(string? Site = null, string? Zone = null, bool Exercise = false);
