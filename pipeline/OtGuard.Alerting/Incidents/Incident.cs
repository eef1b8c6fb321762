using System.Text.Json.Serialization;
using OtGuard.Collectors;

namespace OtGuard.Alerting;

/// <summary>Why an alert belongs to an incident.</summary>
public enum IncidentLink : byte
{
    /// <summary>The same actor did it.</summary>
    SameActor,

    /// <summary>Who acts here was acted upon before: the attack moved on.</summary>
    Pivot,

    /// <summary>It befell what had been acted upon before.</summary>
    EffectOnAsset,
}

/// <summary>Where an incident stands.</summary>
public enum IncidentState : byte
{
    /// <summary>Alerts may still be added.</summary>
    Open,

    /// <summary>A person closed it.</summary>
    Closed,

    /// <summary>It turned out to be part of another one.</summary>
    Merged,
}

/// <summary>One step of an incident: an alert as it was when it was added.</summary>
/// <param name="Time">Capture time of its first evidence.</param>
/// <param name="Phase">The step of an attack.</param>
/// <param name="Link">Why it belongs here.</param>
/// <param name="Alert">The alert's id.</param>
/// <param name="Number">The alert's number.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Actor">Who, or null.</param>
/// <param name="Asset">To whom, or null.</param>
/// <param name="Protocol">In which protocols.</param>
/// <param name="Sensor">Seen by which sensors.</param>
/// <param name="Text">One sentence.</param>
public sealed record IncidentStep(
    CaptureTime Time, AttackPhase Phase, IncidentLink Link, string Alert, long Number, string Kind, string? Actor,
        string? Asset,
    string Protocol, string Sensor, string Text);

/// <summary>Alerts that form one causal chain, across protocols and sensors.</summary>
public sealed record Incident
{
    /// <summary>Deterministic: from the alert it began with.</summary>
    public required string Id { get; init; }

    /// <summary>The short number people use, given by the store.</summary>
    public long Number { get; init; }

    /// <summary>Where it stands.</summary>
    public IncidentState State { get; init; }

    /// <summary>One line: who, how far, against what.</summary>
    public required string Title { get; init; }

    /// <summary>Severity 0–100: the highest of its alerts, more where the chain reached an effect.</summary>
    public required int Severity { get; init; }

    /// <summary>The severity of its most severe alert.</summary>
    public int HighestAlert { get; init; }

    /// <summary>Why.</summary>
    public IReadOnlyList<string> SeverityReasons { get; init; } = [];

    /// <summary>Capture time of the first step.</summary>
    public required CaptureTime FirstSeen { get; init; }

    /// <summary>Capture time of the latest evidence.</summary>
    public required CaptureTime LastSeen { get; init; }

    /// <summary>When anything of it last changed, by this machine's clock.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Its steps in the order of capture time, at most <see cref="IncidentOptions.MostSteps"/>.</summary>
    public IReadOnlyList<IncidentStep> Timeline { get; init; } = [];

    /// <summary>Alerts that belong to it beyond the steps shown.</summary>
    public long FurtherAlerts { get; init; }

    /// <summary>The incident it was merged into, or null.</summary>
    public string? MergedInto { get; init; }

    /// <summary>True for what belongs to an exercise.</summary>
    public bool Exercise { get; init; }

    /// <summary>Counts every change.</summary>
    public long Version { get; init; }

    /// <summary>The phases it went through, in order.</summary>
    [JsonIgnore]
    public IEnumerable<AttackPhase> Phases =>
        Timeline.Select(step => step.Phase).Where(phase => phase != AttackPhase.None).Distinct().Order();

    /// <summary>Every address that acted in it.</summary>
    [JsonIgnore]
    public IEnumerable<string> Actors => Timeline.Select(step => step.Actor).OfType<string>()
        .Distinct(StringComparer.Ordinal);
}

/// <summary>When alerts become one incident.</summary>
public sealed record IncidentOptions
{
    /// <summary>
    /// Capture time between two alerts of a chain at most. Default 24 hours: an intruder's working day and the night
    /// after; what comes later of the same actor is joined where the incident is still open and within this of its last
    /// step.
    /// </summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Different phases an actor must have gone through. Default 2: one phase alone, however often, is an alert that
    /// repeats and no chain.
    /// </summary>
    public int Phases { get; init; } = 2;

    /// <summary>
    /// Added where a chain holds a write and an effect after it. Default 15 points: the attack has arrived.
    /// </summary>
    public int ReachedEffect { get; init; } = 15;

    /// <summary>Added where a chain crosses protocols or sensors. Default 5 points: independent witnesses.</summary>
    public int SeveralWitnesses { get; init; } = 5;

    /// <summary>
    /// Steps kept in a timeline; further alerts are counted. Default 200: more is not read as a story.
    /// </summary>
    public int MostSteps { get; init; } = 200;

    /// <summary>Earlier alerts looked at when one is raised. Default 100, the latest.</summary>
    public int MostCandidates { get; init; } = 100;
}
