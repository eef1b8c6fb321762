using OtGuard.Exchange.Cases;

namespace OtGuard.Exchange.Sharing;

/// <summary>What a party's value is.</summary>
public enum PartyKind : byte
{
    /// <summary>An IPv4 address.</summary>
    Ipv4,

    /// <summary>An IPv6 address.</summary>
    Ipv6,

    /// <summary>A link address.</summary>
    Mac,

    /// <summary>A bus.</summary>
    Bus,

    /// <summary>A name.</summary>
    Name,
}

/// <summary>Who did something, or to whom, as it leaves.</summary>
/// <param name="Value">The value or its pseudonym.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsPseudonym">Whether it is a pseudonym: it then stands in no indicator.</param>
/// <param name="IsPublic">Whether it is a public address that is not the operator's.</param>
public sealed record SharedParty(string Value, PartyKind Kind, bool IsPseudonym, bool IsPublic);

/// <summary>One observation, as it leaves.</summary>
public sealed record SharedObservation : NeutralObservation
{
    /// <summary>Who, or null.</summary>
    public SharedParty? Actor { get; init; }

    /// <summary>To whom, or null.</summary>
    public SharedParty? Asset { get; init; }

    /// <summary>One sentence.</summary>
    public required LocalText Sentence { get; init; }

    /// <summary>What was expected, where values are shared; else null.</summary>
    public string? Expected { get; init; }

    /// <summary>What was observed, where values are shared; else null.</summary>
    public string? Observed { get; init; }

    /// <summary>The operation in words, or null.</summary>
    public string? Operation { get; init; }

    /// <summary>The number of the operation's function code, or null.</summary>
    public int? FunctionCode { get; init; }

    /// <summary>The identifier of the message on a bus, or null.</summary>
    public uint? CanIdentifier { get; init; }

    /// <summary>The bus, or null.</summary>
    public string? Bus { get; init; }

    /// <summary>The zone, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>The sensors that saw it.</summary>
    public IReadOnlyList<string> Sensors { get; init; } = [];

    /// <summary>A keyed name of the baseline judged by, or null: a hash of it would be one over addresses.</summary>
    public string? Baseline { get; init; }
}

/// <summary>A field of the worksheet, as it leaves.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Label">What it is called.</param>
/// <param name="Value">Its value in the partner's language.</param>
/// <param name="Raw">Its value as the worksheet has it, replaced where the profile says so.</param>
/// <param name="Standing">What it rests on.</param>
/// <param name="Source">Who says so; a person is <c>operator</c>.</param>
/// <param name="Confidence">0 to 100, or null.</param>
public sealed record SharedField(
    string Id, LocalText Label, LocalText Value, string Raw, Standing Standing, string Source, int? Confidence);

/// <summary>The operator, as it leaves.</summary>
/// <param name="Reference">What its identifier is made of: its UUID, or a pseudonym where it stays unnamed.</param>
/// <param name="Name">Its name, or the pseudonym.</param>
/// <param name="IsNamed">Whether it is named.</param>
/// <param name="Sectors">Its sectors.</param>
/// <param name="Contact">Its contact, or null.</param>
public sealed record SharedOperator(
    string Reference, string Name, bool IsNamed, IReadOnlyList<string> Sectors, string? Contact);

/// <summary>An earlier stage of a case that left for the same partner.</summary>
/// <param name="Stage">The stage's id.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Version">The version that left.</param>
/// <param name="At">When.</param>
/// <param name="Digest">SHA-256 of the list of hashes of the pack it left in: packs to a partner form a chain.</param>
public sealed record EarlierReport(string Stage, LocalText Title, int Version, DateTimeOffset At, string Digest);

/// <summary>
/// What of a case leaves for a partner. Everything that is exported is made of this and of nothing else, so that no
/// identifier, hash or file name is computed from what stays at home.
/// </summary>
public sealed record SharedCase : NeutralCase
{
    /// <summary>The circle it is for.</summary>
    public required Tlp Tlp { get; init; }

    /// <summary>The partner's id.</summary>
    public required string Partner { get; init; }

    /// <summary>The operator.</summary>
    public required SharedOperator Operator { get; init; }

    /// <summary>The regime's law.</summary>
    public required LocalText Law { get; init; }

    /// <summary>To whom the report goes.</summary>
    public required LocalText Recipient { get; init; }

    /// <summary>The stage's id; null for an exchange with a partner outside of a regime.</summary>
    public string? Stage { get; init; }

    /// <summary>What the stage is called.</summary>
    public required LocalText StageTitle { get; init; }

    /// <summary>Earlier stages that left for the same partner, in their order.</summary>
    public IReadOnlyList<EarlierReport> Earlier { get; init; } = [];

    /// <summary>Whether indicators belong to the stage.</summary>
    public required bool WithIndicators { get; init; }

    /// <summary>Observations by serial.</summary>
    public required IReadOnlyList<SharedObservation> Observations { get; init; }

    /// <summary>Fields of the stage that hold something, the required first.</summary>
    public required IReadOnlyList<SharedField> Fields { get; init; }

    /// <summary>The value of a field, or null.</summary>
    public string? this[string field] => Fields.FirstOrDefault(one => one.Id == field)?.Raw;
}
