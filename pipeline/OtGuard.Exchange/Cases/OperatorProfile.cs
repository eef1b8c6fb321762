namespace OtGuard.Exchange.Cases;

/// <summary>Who reports: <c>operator.json</c> of the exchange folder.</summary>
public sealed record OperatorProfile
{
    /// <summary>
    /// A UUID given once: what identifiers of the operator are made of, so that partners know it again under a new name.
    /// </summary>
    public required Guid Id { get; init; }

    /// <summary>The operator's name.</summary>
    public required string Name { get; init; }

    /// <summary>Sectors, by STIX's words: <c>energy</c>, <c>utilities</c>, <c>automotive</c>, <c>transportation</c>.</summary>
    public IReadOnlyList<string> Sectors { get; init; } = [];

    /// <summary>Registration or installation id, or null.</summary>
    public string? Registration { get; init; }

    /// <summary>The critical service, or null.</summary>
    public string? CriticalService { get; init; }

    /// <summary>The threshold value, or null.</summary>
    public string? Threshold { get; init; }

    /// <summary>Who is reachable at any time, and how; or null.</summary>
    public string? Contact { get; init; }

    /// <summary>Networks of the operator's own (10.0.0.0/8 and the like need not be named): public addresses in them stay at home too.</summary>
    public IReadOnlyList<string> OwnNetworks { get; init; } = [];

    /// <summary>Names, words and numbers that must not leave wherever they may stand, beyond those of the case.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>The value of a field of the worksheet, or null.</summary>
    public string? this[string field] => field switch
    {
        "entity" => Name,
        "sector" => Sectors.Count == 0 ? null : string.Join(", ", Sectors),
        "registration" => Registration,
        "criticalService" => CriticalService,
        "threshold" => Threshold,
        "contact" => Contact,
        _ => null,
    };
}
