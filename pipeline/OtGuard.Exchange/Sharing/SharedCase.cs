using OtGuard.Alerting;
using OtGuard.Collectors;
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
public sealed record SharedObservation
{
    /// <summary>Its number within the case.</summary>
    public required int Serial { get; init; }

    /// <summary>Kebab-case name of the kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The catalogue's row.</summary>
    public required string Catalogue { get; init; }

    /// <summary>A few words for the kind.</summary>
    public required string Title { get; init; }

    /// <summary>The protocol's name.</summary>
    public required string Protocol { get; init; }

    /// <summary>Who, or null.</summary>
    public SharedParty? Actor { get; init; }

    /// <summary>To whom, or null.</summary>
    public SharedParty? Asset { get; init; }

    /// <summary>One sentence in English.</summary>
    public required string Sentence { get; init; }

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

    /// <summary>Severity 0 to 100.</summary>
    public required int Severity { get; init; }

    /// <summary>The step of an attack it stands for.</summary>
    public AttackPhase Phase { get; init; }

    /// <summary>MITRE ATT&amp;CK for ICS ids.</summary>
    public IReadOnlyList<string> Techniques { get; init; } = [];

    /// <summary>A keyed name of the baseline judged by, or null: a hash of it would be one over addresses.</summary>
    public string? Baseline { get; init; }

    /// <summary>First evidence.</summary>
    public required CaptureTime FirstSeen { get; init; }

    /// <summary>Latest evidence.</summary>
    public required CaptureTime LastSeen { get; init; }

    /// <summary>How often the fact was seen.</summary>
    public required long Occurrences { get; init; }

    /// <summary>How sure such an observation is, 0 to 100.</summary>
    public required int Confidence { get; init; }
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

/// <summary>
/// What of a case leaves for a partner. Everything that is exported is made of this and of nothing else, so that no
/// identifier, hash or file name is computed from what stays at home.
/// </summary>
public sealed record SharedCase
{
    /// <summary>The case's random UUID.</summary>
    public required string Id { get; init; }

    /// <summary>The version.</summary>
    public required int Version { get; init; }

    /// <summary>When the first version was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When this version was made.</summary>
    public required DateTimeOffset ModifiedAt { get; init; }

    /// <summary>The circle it is for.</summary>
    public required Tlp Tlp { get; init; }

    /// <summary>The partner's id.</summary>
    public required string Partner { get; init; }

    /// <summary>Whether it is an exercise.</summary>
    public required bool Exercise { get; init; }

    /// <summary>Whether the incident is closed.</summary>
    public required bool IsClosed { get; init; }

    /// <summary>Severity 0 to 100.</summary>
    public required int Severity { get; init; }

    /// <summary>The operator.</summary>
    public required SharedOperator Operator { get; init; }

    /// <summary>The regime's id.</summary>
    public required string Regime { get; init; }

    /// <summary>The regime's law.</summary>
    public required LocalText Law { get; init; }

    /// <summary>To whom the report goes.</summary>
    public required LocalText Recipient { get; init; }

    /// <summary>The stage's id; null for an exchange with a partner outside of a regime.</summary>
    public string? Stage { get; init; }

    /// <summary>What the stage is called.</summary>
    public required LocalText StageTitle { get; init; }

    /// <summary>Whether indicators belong to the stage.</summary>
    public required bool WithIndicators { get; init; }

    /// <summary>Observations by serial.</summary>
    public required IReadOnlyList<SharedObservation> Observations { get; init; }

    /// <summary>Alerts of the incident beyond those held.</summary>
    public required long Further { get; init; }

    /// <summary>Fields of the stage that hold something, the required first.</summary>
    public required IReadOnlyList<SharedField> Fields { get; init; }

    /// <summary>The value of a field, or null.</summary>
    public string? this[string field] => Fields.FirstOrDefault(one => one.Id == field)?.Raw;
}
