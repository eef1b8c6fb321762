using OtGuard.Exchange.Regimes;

namespace OtGuard.Exchange.Cases;

/// <summary>A field of the worksheet with what a case holds in it.</summary>
/// <param name="Field">The field.</param>
/// <param name="Entry">What the case holds; null for nothing.</param>
/// <param name="IsRequired">Whether the stage cannot be released without it.</param>
public sealed record WorksheetRow(WorksheetField Field, CaseEntry? Entry, bool IsRequired)
{
    /// <summary>Whether only a person can fill it.</summary>
    public bool IsAsked => Field.Origin == FieldOrigin.Person;

    /// <summary>The fields of a stage with what a case holds in them, the required first.</summary>
    /// <param name="case">The case.</param>
    /// <param name="fields">The fields of its regime.</param>
    /// <param name="stage">The stage; null for all of the fields, none required.</param>
    public static IReadOnlyList<WorksheetRow> Of(
        CaseVersion @case, IReadOnlyList<WorksheetField> fields, ReportingStage? stage) =>
    [
        .. (stage is null
            ? fields
            : stage.Fields.Distinct(StringComparer.Ordinal).Select(id => fields.First(field => field.Id == id)))
            .Select(field => new WorksheetRow(
                field, @case.Worksheet.GetValueOrDefault(field.Id),
                stage?.Required.Contains(field.Id, StringComparer.Ordinal) ?? false)),
    ];
}

/// <summary>What a version of a case changed of the one before.</summary>
/// <param name="Written">Fields that hold something else.</param>
/// <param name="TakenOut">Fields that hold nothing any more.</param>
/// <param name="Observations">How many observations it has more; fewer where negative.</param>
public sealed record CaseChanges(IReadOnlyList<string> Written, IReadOnlyList<string> TakenOut, int Observations)
{
    /// <summary>What a version changed.</summary>
    /// <param name="before">The version before; null for the first, which changed nothing.</param>
    /// <param name="after">The version.</param>
    public static CaseChanges Between(CaseVersion? before, CaseVersion after) => before is null
        ? new CaseChanges([], [], 0)
        : new CaseChanges(
            [.. after.Worksheet.Where(pair => before[pair.Key] != pair.Value.Value).Select(pair => pair.Key)],
            [.. before.Worksheet.Keys.Where(field => !after.Worksheet.ContainsKey(field))],
            after.Observations.Count - before.Observations.Count);
}

/// <summary>A stage of a case that has a deadline.</summary>
/// <param name="Case">The case.</param>
/// <param name="Stage">The stage.</param>
public sealed record DueStage(CaseVersion Case, StageStatus Stage);
