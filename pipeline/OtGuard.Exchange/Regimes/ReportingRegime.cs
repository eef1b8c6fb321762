using System.Text.Json.Serialization;

namespace OtGuard.Exchange.Regimes;

/// <summary>Where the value of a field comes from first.</summary>
public enum FieldOrigin : byte
{
    /// <summary>Only a person knows it.</summary>
    Person,

    /// <summary>From <c>operator.json</c>: the same for every case.</summary>
    Operator,

    /// <summary>From what was observed.</summary>
    Observed,

    /// <summary>Concluded from what was observed.</summary>
    Inferred,
}

/// <summary>What a field takes.</summary>
public enum FieldKind : byte
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A moment: <c>2026-01-02T03:04:05Z</c>.</summary>
    Moment,

    /// <summary>A whole number, 0 or more.</summary>
    Number,

    /// <summary><c>yes</c>, <c>no</c> or <c>unknown</c>.</summary>
    YesNoUnknown,

    /// <summary>One of the field's choices.</summary>
    Choice,
}

/// <summary>A field of the worksheet.</summary>
public sealed record WorksheetField
{
    private static readonly Dictionary<string, LocalText> YesNoUnknown = new(StringComparer.Ordinal)
    {
        ["yes"] = new("yes", "ja"),
        ["no"] = new("no", "nein"),
        ["unknown"] = new("not known yet", "noch nicht bekannt"),
    };

    /// <summary>Its id, as regimes and the command line name it.</summary>
    public required string Id { get; init; }

    /// <summary>Where its value comes from first; a person can overwrite any.</summary>
    public FieldOrigin Origin { get; init; } = FieldOrigin.Person;

    /// <summary>What it tells about the operator.</summary>
    public Sensitivity Class { get; init; } = Sensitivity.Text;

    /// <summary>What it takes.</summary>
    public FieldKind Kind { get; init; } = FieldKind.Text;

    /// <summary>The choices by their word; null where it has none.</summary>
    public IReadOnlyDictionary<string, LocalText>? Choices { get; init; }

    /// <summary>What it is called.</summary>
    public required LocalText Label { get; init; }

    /// <summary>What to write, or null.</summary>
    public LocalText? Hint { get; init; }

    /// <summary>The words it takes, with what they are called; none where it takes anything of its kind.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, LocalText> Words => Kind switch
    {
        FieldKind.YesNoUnknown => YesNoUnknown,
        FieldKind.Choice => Choices ?? new Dictionary<string, LocalText>(),
        FieldKind.Text or FieldKind.Number or FieldKind.Moment => new Dictionary<string, LocalText>(),
    };
}

/// <summary>A stage of reporting.</summary>
public sealed record ReportingStage
{
    /// <summary>Its id within the regime.</summary>
    public required string Id { get; init; }

    /// <summary>What it is called.</summary>
    public required LocalText Title { get; init; }

    /// <summary>What starts its clock: a field that holds a moment, or <c>stage:ID</c>, when that stage was sent.</summary>
    public required string Starts { get; init; }

    /// <summary>ISO 8601 duration of months, days, hours and minutes; null for no deadline.</summary>
    public string? Deadline { get; init; }

    /// <summary>Deadline counted from <c>closedAt</c>, where that is later; null for none.</summary>
    public string? AfterClosure { get; init; }

    /// <summary>Whether it is due only when it is asked for.</summary>
    public bool OnRequest { get; init; }

    /// <summary>Whether it is due only where the incident is not dealt with yet.</summary>
    public bool WhileOpen { get; init; }

    /// <summary>Whether indicators of compromise belong to it.</summary>
    public bool Indicators { get; init; }

    /// <summary>Fields without which it cannot be released.</summary>
    public required IReadOnlyList<string> Required { get; init; }

    /// <summary>Further fields, shown where they hold something.</summary>
    public IReadOnlyList<string> Optional { get; init; } = [];

    /// <summary>All fields, the required first.</summary>
    [JsonIgnore]
    public IEnumerable<string> Fields => Required.Concat(Optional);
}

/// <summary>What a law asks to be reported, to whom and by when: one file of <c>regimes</c>.</summary>
public sealed record ReportingRegime
{
    /// <summary>The schema, for editors.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>What it is called.</summary>
    public required LocalText Title { get; init; }

    /// <summary>Paragraph or article.</summary>
    public required LocalText Law { get; init; }

    /// <summary>Where its text was read.</summary>
    public required string Source { get; init; }

    /// <summary>When it was read.</summary>
    public required DateOnly Read { get; init; }

    /// <summary>What else to know, or null.</summary>
    public string? Note { get; init; }

    /// <summary>To whom reports go.</summary>
    public required LocalText Recipient { get; init; }

    /// <summary>Languages reports are written in, the first by default.</summary>
    public required IReadOnlyList<Language> Languages { get; init; }

    /// <summary>Fields of this regime beyond the shared ones.</summary>
    public IReadOnlyList<WorksheetField> Fields { get; init; } = [];

    /// <summary>Its stages in order.</summary>
    public required IReadOnlyList<ReportingStage> Stages { get; init; }

    /// <summary>The stage of that id.</summary>
    /// <exception cref="ExchangeException">There is none; the message lists those there are.</exception>
    public ReportingStage Stage(string id) =>
        Stages.FirstOrDefault(stage => stage.Id == id) ?? throw new ExchangeException(
            $"The regime {Id} has no stage '{id}'; it has {string.Join(", ", Stages.Select(stage => stage.Id))}.");
}
