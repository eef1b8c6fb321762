using System.Text.Json;
using OtGuard.Collectors;

namespace OtGuard.Alerting.Sinks;

/// <summary>What formats for others need of an alert or a deviation, by one name each.</summary>
public sealed record Telling
{
    /// <summary>The message's id: the same for every attempt.</summary>
    public required string MessageId { get; init; }

    /// <summary>The alert's or deviation's id.</summary>
    public required string Id { get; init; }

    /// <summary><c>alert</c> or <c>deviation</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Why it is told.</summary>
    public required string Reason { get; init; }

    /// <summary>Kebab-case name of the kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The catalogue's row.</summary>
    public required string Catalogue { get; init; }

    /// <summary>A few words.</summary>
    public required string Title { get; init; }

    /// <summary>Who did it to whom.</summary>
    public required string Subject { get; init; }

    /// <summary>One plain sentence.</summary>
    public required string Explanation { get; init; }

    /// <summary>Severity 0–100.</summary>
    public required int Severity { get; init; }

    /// <summary>Why.</summary>
    public required IReadOnlyList<string> SeverityReasons { get; init; }

    /// <summary>Capture time of the first evidence.</summary>
    public required CaptureTime Start { get; init; }

    /// <summary>Capture time of the latest evidence.</summary>
    public required CaptureTime End { get; init; }

    /// <summary>When it was queued.</summary>
    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>How often it was seen.</summary>
    public required long Occurrences { get; init; }

    /// <summary>The actor's address, or null.</summary>
    public string? Actor { get; init; }

    /// <summary>The asset's address, or null.</summary>
    public string? Asset { get; init; }

    /// <summary>The protocols.</summary>
    public required IReadOnlyList<string> Protocols { get; init; }

    /// <summary>The sensors.</summary>
    public required IReadOnlyList<string> Sensors { get; init; }

    /// <summary>The site, or null.</summary>
    public string? Site { get; init; }

    /// <summary>The zone, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>The baseline, or null.</summary>
    public string? Baseline { get; init; }

    /// <summary>MITRE ATT&amp;CK for ICS ids.</summary>
    public required IReadOnlyList<string> Techniques { get; init; }

    /// <summary>Where it stands, in a word.</summary>
    public required string State { get; init; }

    /// <summary>True for what belongs to an exercise.</summary>
    public bool Exercise { get; init; }

    /// <summary>What to check first, or null.</summary>
    public string? WhatToCheck { get; init; }

    /// <summary>True for a bus: it has no network addresses.</summary>
    public bool IsOnBus => Actor is not null && Actor.StartsWith("can", StringComparison.Ordinal);

    /// <summary>What a message tells; null for points, which tell nothing to a person.</summary>
    /// <exception cref="JsonException">The message's body is damaged.</exception>
    public static Telling? Of(OutboxMessage message) => message.Content switch
    {
        MessageContent.Alert => Of(message, AlertingJson.Read<Alert>(message.Body)),
        MessageContent.Deviation => Of(message, AlertingJson.Read<DeviationRecord>(message.Body)),
        MessageContent.Series => null,
    };

    private static Telling Of(OutboxMessage message, Alert alert) => new()
    {
        MessageId = message.Id,
        Id = alert.Id,
        Dataset = "alert",
        Reason = message.Reason,
        Kind = alert.Kind,
        Catalogue = alert.Catalogue,
        Title = alert.Title,
        Subject = alert.Subject,
        Explanation = alert.Explanation,
        Severity = alert.Severity,
        SeverityReasons = alert.SeverityReasons,
        Start = alert.FirstSeen,
        End = alert.LastSeen,
        QueuedAt = message.QueuedAt,
        Occurrences = alert.Occurrences,
        Actor = alert.Actor,
        Asset = alert.Asset,
        Protocols = alert.Protocols,
        Sensors = alert.Sensors,
        Site = alert.Site,
        Zone = alert.Zone,
        Baseline = alert.Baseline,
        Techniques = alert.Techniques,
        State = alert.State.ToString().ToLowerInvariant(),
        Exercise = alert.Exercise,
        WhatToCheck = alert.WhatToCheck,
    };

    private static Telling Of(OutboxMessage message, DeviationRecord deviation) => new()
    {
        MessageId = message.Id,
        Id = deviation.Id,
        Dataset = "deviation",
        Reason = message.Reason,
        Kind = deviation.Kind,
        Catalogue = deviation.Catalogue,
        Title = deviation.Title,
        Subject = deviation.Subject,
        Explanation = deviation.Explanation,
        Severity = deviation.Severity,
        SeverityReasons = deviation.SeverityReasons,
        Start = deviation.FirstSeen,
        End = deviation.LastSeen,
        QueuedAt = message.QueuedAt,
        Occurrences = deviation.Occurrences,
        Actor = deviation.Actor,
        Asset = deviation.Asset,
        Protocols = [deviation.Protocol],
        Sensors = [deviation.Sensor],
        Site = deviation.Site,
        Zone = deviation.Zone,
        Baseline = deviation.Baseline,
        Techniques = deviation.Techniques,
        State = deviation.State.ToString().ToLowerInvariant(),
        Exercise = deviation.Exercise,
        WhatToCheck = deviation.WhatToCheck,
    };
}
