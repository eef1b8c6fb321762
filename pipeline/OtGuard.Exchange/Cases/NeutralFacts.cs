using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Exchange.Cases;

/// <summary>What of an observation tells nothing about the site: it leaves as it is.</summary>
public abstract record NeutralObservation
{
    /// <summary>
    /// Its number within the case, from 1, which it keeps: what identifiers are made of instead of the alert's own,
    /// which is a hash over what may have to stay at home.
    /// </summary>
    public required int Serial { get; init; }

    /// <summary>Kebab-case name of the kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The catalogue's row.</summary>
    public required string Catalogue { get; init; }

    /// <summary>A few words for the kind.</summary>
    public required string Title { get; init; }

    /// <summary>The protocol's name.</summary>
    public required string Protocol { get; init; }

    /// <summary>Severity 0 to 100.</summary>
    public required int Severity { get; init; }

    /// <summary>The step of an attack it stands for.</summary>
    public AttackPhase Phase { get; init; }

    /// <summary>MITRE ATT&amp;CK for ICS ids.</summary>
    public IReadOnlyList<string> Techniques { get; init; } = [];

    /// <summary>Capture time of the first evidence.</summary>
    public required CaptureTime FirstSeen { get; init; }

    /// <summary>Capture time of the latest evidence.</summary>
    public required CaptureTime LastSeen { get; init; }

    /// <summary>How often the fact was seen.</summary>
    public required long Occurrences { get; init; }

    /// <summary>What a detector of this kind is worth: 90 for rules, 80 for learned sets, 60 for statistics.</summary>
    public required int Confidence { get; init; }
}

/// <summary>What of a case tells nothing about the site: it leaves as it is.</summary>
public abstract record NeutralCase
{
    /// <summary>Its id: a random UUID, the same for all versions.</summary>
    public required string Id { get; init; }

    /// <summary>The version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>The reporting regime's id.</summary>
    public required string Regime { get; init; }

    /// <summary>When the first version was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When this version was made.</summary>
    public required DateTimeOffset ModifiedAt { get; init; }

    /// <summary>True where any of it belongs to an exercise: it cannot be sent to a real channel.</summary>
    public required bool Exercise { get; init; }

    /// <summary>Severity 0 to 100.</summary>
    public required int Severity { get; init; }

    /// <summary>Whether the incident is closed.</summary>
    public bool IsClosed { get; init; }

    /// <summary>Alerts of the incident beyond those held.</summary>
    public long Further { get; init; }
}
