using System.Security.Cryptography;
using OtGuard.Dashboard.Cases;
using OtGuard.Exchange;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Regimes;
using OtGuard.Exchange.Sending;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Dashboard.Api;

/// <summary>A case to be made.</summary>
/// <param name="Incident">The incident's number or id.</param>
/// <param name="Regime">The regime's id; <c>nis2-bsig</c> where it is left out.</param>
/// <param name="Why">In words.</param>
public sealed record NewCaseBody(string Incident, string? Regime, string? Why);

/// <summary>Fields of the worksheet to be written.</summary>
/// <param name="Values">Values by field; an empty one takes the entry out.</param>
/// <param name="Confidence">0 to 100, or nothing.</param>
/// <param name="Why">In words, where it is a correction.</param>
public sealed record FieldsBody(IReadOnlyDictionary<string, string>? Values, int? Confidence, string? Why);

/// <summary>What is to leave.</summary>
/// <param name="Partner">The partner's id.</param>
/// <param name="Tlp">The level: <c>clear</c>, <c>green</c>, <c>amber</c>, <c>amber+strict</c>, <c>red</c>.</param>
/// <param name="Stage">The regime's stage; without it an exchange outside of the regime.</param>
/// <param name="Digest">The digest of the preview, at least its first eight characters.</param>
/// <param name="Why">In words.</param>
public sealed record ReleaseBody(string? Partner, string? Tlp, string? Stage, string? Digest, string? Why);

/// <summary>A stage of a case.</summary>
public sealed record StageAnswer(
    string Id, LocalText Title, StageState State, DateTimeOffset? Due, IReadOnlyList<string> Missing,
    DateTimeOffset? SentAt,
    int? SentVersion)
{
    /// <summary>A stage of a case.</summary>
    public static StageAnswer Of(StageStatus stage) => new(
        stage.Stage.Id, stage.Stage.Title, stage.State, stage.Due, [.. stage.Missing.Select(field => field.Id)],
        stage.Sent?.At,
        stage.Sent?.Version);
}

/// <summary>A case in short.</summary>
public sealed record CaseAnswer(
    long Number, string Id, int Version, string Regime, LocalText Law, LocalText Recipient, long Incident, int Severity,
    long Observations, DateTimeOffset CreatedAt, DateTimeOffset ModifiedAt, string By, string Why, bool IsExercise,
    IReadOnlyList<StageAnswer> Stages, string? Next)
{
    /// <summary>A case in short.</summary>
    public static CaseAnswer Of(CaseStanding one) => new(
        one.Case.Number, one.Case.Id, one.Case.Version, one.Case.Regime, one.Regime.Law, one.Regime.Recipient,
        one.Case.IncidentNumber, one.Case.Severity, one.Case.Observations.Count + one.Case.Further, one.Case.CreatedAt,
        one.Case.ModifiedAt, one.Case.By, one.Case.Why, one.Case.Exercise, [.. one.Stages.Select(StageAnswer.Of)],
        one.Next?.Stage.Id);
}

/// <summary>A field of the worksheet with what the case holds in it.</summary>
public sealed record FieldAnswer(
    string Id, LocalText Label, FieldKind Kind, FieldOrigin Origin, IReadOnlyDictionary<string, LocalText>? Choices,
    LocalText? Hint, string? Value, Standing? Standing, string? Source, int? Confidence, DateTimeOffset? At)
{
    /// <summary>A field of the worksheet.</summary>
    public static FieldAnswer Of(WorksheetRow row) => new(
        row.Field.Id, row.Field.Label, row.Field.Kind, row.Field.Origin, row.Field.Choices, row.Field.Hint,
        row.Entry?.Value,
        row.Entry?.Standing, row.Entry?.Source, row.Entry?.Confidence, row.Entry?.At);
}

/// <summary>A version of a case.</summary>
public sealed record VersionAnswer(int Version, DateTimeOffset At, string By, string Why, CaseChanges Changes);

/// <summary>A case with all that belongs to it.</summary>
public sealed record CaseFileAnswer(
    CaseAnswer Case, IReadOnlyList<FieldAnswer> Worksheet, IReadOnlyList<CaseObservation> Observations,
    IReadOnlyList<VersionAnswer> Versions, IReadOnlyList<ReleaseAnswer> Releases)
{
    /// <summary>A case with all that belongs to it.</summary>
    public static CaseFileAnswer Of(CaseFile file) => new(
        CaseAnswer.Of(file.Standing),
        [.. file.Rows(null).Select(FieldAnswer.Of)],
        file.Standing.Case.Observations,
        [
            .. file.Versions.Select((one, i) => new VersionAnswer(
                one.Version, one.ModifiedAt, one.By, one.Why,
                CaseChanges.Between(i == 0 ? null : file.Versions[i - 1], one))),
        ],
        [.. file.Releases.Select(ReleaseAnswer.Of)]);
}

/// <summary>A partner, without the secrets of the way to it.</summary>
public sealed record PartnerAnswer(string Id, string Name, ChannelKind Channel, bool IsExercise, int Releasers)
{
    /// <summary>A partner.</summary>
    public static PartnerAnswer Of(Partner partner) =>
        new(partner.Id, partner.Name, partner.Channel.Kind, partner.Exercise, partner.Releasers);
}

/// <summary>A file that would leave, or left.</summary>
public sealed record FileAnswer(string Name, long Bytes, string Sha256, LocalText Purpose);

/// <summary>A value that does not leave as it is.</summary>
/// <param name="Sort">What it is.</param>
/// <param name="Original">The value. Stays at home.</param>
/// <param name="Instead">What leaves in its place; null where nothing does.</param>
public sealed record ReplacementAnswer(Sensitivity Sort, string Original, string? Instead)
{
    /// <summary>A value that does not leave as it is.</summary>
    public static ReplacementAnswer Of(Replacement one) => new(one.Sort, one.Original, one.Instead);
}

/// <summary>Why something may not leave.</summary>
public sealed record ObstacleAnswer(ObstacleKind Kind, string Text, IReadOnlyList<string> Arguments);

/// <summary>Exactly what would leave.</summary>
public sealed record PreviewAnswer(
    long Case, int Version, string Partner, string Tlp, string? Stage, string Digest, bool MayLeave,
    IReadOnlyList<ObstacleAnswer> Obstacles, IReadOnlyList<FileAnswer> Files, IReadOnlyList<ReplacementAnswer> Replaced,
    IReadOnlyList<string> NotLookedFor, IReadOnlyList<string> Agreed, int Releasers)
{
    /// <summary>Exactly what would leave.</summary>
    public static PreviewAnswer Of(Preview preview) => new(
        preview.Case.Number, preview.Case.Version, preview.Partner.Id, TlpText.Word(preview.Disclosure.Shared.Tlp),
        preview.Stage?.Id, preview.Digest, preview.MayLeave,
        [.. preview.Obstacles.Select(one => new ObstacleAnswer(one.Kind, one.ToString(), one.Arguments))],
        [
            .. preview.Files.Select(file => new FileAnswer(
                file.Name, file.Bytes.Length, Convert.ToHexStringLower(SHA256.HashData(file.Bytes)), file.Purpose)),
        ],
        [.. preview.Disclosure.Replacements.Select(ReplacementAnswer.Of)],
        preview.Leaks.NotLookedFor, preview.Agreed, preview.Partner.Releasers);
}

/// <summary>A piece of a file that would leave.</summary>
/// <param name="Text">What leaves.</param>
/// <param name="Replaced">What it stands in place of; null where it is as it was.</param>
public sealed record PieceAnswer(string Text, ReplacementAnswer? Replaced);

/// <summary>
/// A version of a case that left. What was replaced in it is told by 'otguard partners reveal' alone.
/// </summary>
public sealed record ReleaseAnswer(
    string Id, int Version, string? Stage, string Partner, string Tlp, DateTimeOffset At, string By,
    IReadOnlyList<string> Agreed, string Digest, bool IsExercise, IReadOnlyList<FileAnswer> Files,
    IReadOnlyList<DeliveryAnswer> Deliveries)
{
    /// <summary>A version of a case that left.</summary>
    public static ReleaseAnswer Of(SentRelease one) => new(
        one.Release.Id, one.Release.Version, one.Release.Stage, one.Release.Partner, TlpText.Word(one.Release.Tlp),
        one.Release.At,
        one.Release.By, one.Release.Agreed, one.Release.Digest, one.Release.Exercise,
        [
            .. one.Release.Files.Select(file => new FileAnswer(
                file.Name, file.Length, file.Sha256, PackFile.PurposeOf(file.Name))),
        ],
        [.. one.Attempts.Select(DeliveryAnswer.Of)]);
}

/// <summary>Who has agreed to what may leave; it leaves once enough have.</summary>
/// <param name="Agreed">Who has agreed.</param>
/// <param name="Needed">How many people the partner wants.</param>
public sealed record AgreementAnswer(IReadOnlyList<string> Agreed, int Needed);

/// <summary>An attempt to hand a release over.</summary>
public sealed record DeliveryAnswer(
    string Release, int Attempt, DateTimeOffset At, string By, SendOutcome Outcome, string? Reason, string? Reference)
{
    /// <summary>An attempt to hand a release over.</summary>
    public static DeliveryAnswer Of(DeliveryAttempt one) =>
        new(one.Release, one.Attempt, one.At, one.By, one.Result.Outcome, one.Result.Reason, one.Result.Reference);
}
