namespace OtGuard.Exchange.Intelligence;

/// <summary>What an indicator is looked for in.</summary>
public enum IndicatorKind : byte
{
    /// <summary>An IP or link address that speaks or is spoken to.</summary>
    Address,

    /// <summary>A network of IP addresses, as <c>203.0.113.0/24</c>.</summary>
    Network,

    /// <summary>A domain, and what is below it, in decoded names.</summary>
    Domain,

    /// <summary>SHA-1 of a certificate, by which OPC UA names it.</summary>
    Certificate,

    /// <summary>A kind of deviation in a protocol.</summary>
    Behaviour,
}

/// <summary>Something a partner saw an attacker use, in the form it is looked for.</summary>
public sealed record Indicator
{
    /// <summary>Its id at the partner: a STIX id or a UUID of MISP.</summary>
    public required string Id { get; init; }

    /// <summary>What it is looked for in.</summary>
    public required IndicatorKind Kind { get; init; }

    /// <summary>
    /// Address as .NET writes it, network, domain in small letters, hash in small hexadecimal digits, or
    /// <c>PROTOCOL/KIND</c>.
    /// </summary>
    public required string Value { get; init; }

    /// <summary>What the partner calls it.</summary>
    public string Name { get; init; } = "";

    /// <summary>From when it holds, or null.</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Until when it holds, or null.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>0 to 100, or null.</summary>
    public int? Confidence { get; init; }

    /// <summary>The level it was given at (<see cref="Sharing.TlpText"/>), or null. What is found by it is bound by it.</summary>
    public string? Tlp { get; init; }
}

/// <summary>What came in and is not looked for.</summary>
/// <param name="Id">Its id at the partner.</param>
/// <param name="What">A few words.</param>
/// <param name="Reason">Why.</param>
public sealed record UnusedIndicator(string Id, string What, string Reason);

/// <summary>What was read.</summary>
/// <param name="Indicators">What can be looked for.</param>
/// <param name="Unused">What cannot, with the reason.</param>
/// <param name="Revoked">Ids the partner took back.</param>
public sealed record IndicatorReading(
    IReadOnlyList<Indicator> Indicators, IReadOnlyList<UnusedIndicator> Unused, IReadOnlySet<string> Revoked);
