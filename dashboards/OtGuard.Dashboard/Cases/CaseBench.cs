using System.Security.Claims;
using OtGuard.Alerting;
using OtGuard.Dashboard.Access;
using OtGuard.Dashboard.Plant;
using OtGuard.Exchange;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Evidence;
using OtGuard.Exchange.Regimes;
using OtGuard.Exchange.Sending;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Dashboard.Cases;

/// <summary>A case with where its stages stand.</summary>
/// <param name="Case">Its latest version.</param>
/// <param name="Regime">Its regime.</param>
/// <param name="Stages">Its stages in order.</param>
public sealed record CaseStanding(CaseVersion Case, ReportingRegime Regime, IReadOnlyList<StageStatus> Stages)
{
    /// <summary>The stage to be sent next, or null.</summary>
    public StageStatus? Next => CaseDesk.Next(Stages);
}

/// <summary>A version of a case that left, and what became of it.</summary>
/// <param name="Release">The release.</param>
/// <param name="Attempts">The attempts to hand it over, in their order.</param>
public sealed record SentRelease(Release Release, IReadOnlyList<DeliveryAttempt> Attempts)
{
    /// <summary>When the partner had it, or null.</summary>
    public DateTimeOffset? DeliveredAt => Attempts.FirstOrDefault(one => one.IsDelivered)?.At;
}

/// <summary>A case with all that belongs to it.</summary>
/// <param name="Standing">The case and its stages.</param>
/// <param name="Fields">Every field of its regime.</param>
/// <param name="Versions">Its versions, the first first.</param>
/// <param name="Releases">What left, the first first.</param>
public sealed record CaseFile(
    CaseStanding Standing, IReadOnlyList<WorksheetField> Fields, IReadOnlyList<CaseVersion> Versions,
    IReadOnlyList<SentRelease> Releases)
{
    /// <summary>The fields of a stage, the required first; all of them where none is named.</summary>
    public IReadOnlyList<WorksheetRow> Rows(string? stage) => WorksheetRow.Of(
        Standing.Case, Fields, Standing.Regime.Stages.FirstOrDefault(one => one.Id == stage));
}

/// <summary>
/// What people do with cases: the one way to it for page and web API alike. Every act asks for its permission here,
/// whoever asked before. Partners and regimes are files that people change while the service runs, so the exchange
/// folder is opened for each act. Thread-safe.
/// </summary>
/// <param name="alerts">Alerts, incidents and the journal.</param>
/// <param name="cases">Cases.</param>
/// <param name="exchange">The exchange folder; null where none is configured.</param>
/// <param name="plant">Has the frames that show deviations.</param>
/// <param name="clock">The clock.</param>
public sealed class CaseBench(IAlertStore alerts, ICaseStore cases, string? exchange, IPlant plant, TimeProvider clock)
{
    /// <summary>Cases that are listed.</summary>
    public const int MostCases = 500;

    /// <summary>Whether there is an exchange folder at all.</summary>
    public bool IsConfigured => exchange is not null;

    /// <summary>The reporting regimes.</summary>
    public IReadOnlyList<ReportingRegime> Regimes(ClaimsPrincipal user)
    {
        user.Require(Permissions.Cases);
        return [.. Open().Folder.Regimes.Regimes];
    }

    /// <summary>The partners.</summary>
    public IReadOnlyList<Partner> Partners(ClaimsPrincipal user)
    {
        user.Require(Permissions.Cases);
        return Open().Folder.Partners();
    }

    /// <summary>Cases, the latest first.</summary>
    public async Task<IReadOnlyList<CaseStanding>> ListAsync(ClaimsPrincipal user, CancellationToken cancellation)
    {
        user.Require(Permissions.Cases);
        var escalation = Open();
        var found = new List<CaseStanding>();
        foreach (var one in await escalation.Cases.ListAsync(MostCases, cancellation))
            found.Add(await StandingAsync(escalation, one, cancellation));
        return found;
    }

    /// <summary>A case with all that belongs to it.</summary>
    /// <exception cref="ExchangeException">There is no such case.</exception>
    public async Task<CaseFile> FindAsync(ClaimsPrincipal user, string @case, CancellationToken cancellation)
    {
        user.Require(Permissions.Cases);
        var escalation = Open();
        var versions = await escalation.Cases.VersionsAsync(@case, cancellation);
        var standing = await StandingAsync(escalation, versions[^1], cancellation);
        var releases = new List<SentRelease>();
        foreach (var release in await escalation.Releases.ReleasesAsync(standing.Case.Id, cancellation))
            releases.Add(new SentRelease(release, await escalation.Sending.AttemptsAsync(release, cancellation)));
        return new CaseFile(
            standing, [.. escalation.Folder.Regimes.FieldsOf(standing.Regime)], versions, releases);
    }

    /// <summary>The number of an incident's case; null where it has none.</summary>
    public async Task<long?> NumberOfAsync(ClaimsPrincipal user, string incidentId, CancellationToken cancellation)
    {
        user.Require(Permissions.Cases);
        return (await cases.FindCaseOfAsync(incidentId, cancellation))?.Number;
    }

    /// <summary>Makes a case from an incident.</summary>
    /// <exception cref="ExchangeException">There is no such incident or regime, it was merged, or has a case
    /// already.</exception>
    public async Task<CaseStanding> OpenAsync(
        ClaimsPrincipal user, string incident, string regime, string? why, CancellationToken cancellation)
    {
        user.Require(Permissions.Escalate);
        var escalation = Open();
        var opened = await escalation.Cases.OpenAsync(incident, regime, By(user, why), cancellation);
        return await StandingAsync(escalation, opened, cancellation);
    }

    /// <summary>Writes fields of the worksheet; an empty value takes an entry out.</summary>
    /// <exception cref="ExchangeException">A field is not known or does not take the value; all faults are
    /// told.</exception>
    public async Task<CaseStanding> SetAsync(
        ClaimsPrincipal user, string @case, IReadOnlyDictionary<string, string> values, int? confidence, string? why,
        CancellationToken cancellation)
    {
        user.Require(Permissions.Escalate);
        if (confidence is < 0 or > 100) throw new ExchangeException("A confidence is from 0 to 100.");
        var escalation = Open();
        var changed = await escalation.Cases.SetAsync(@case, values, By(user, why), confidence, cancellation);
        return await StandingAsync(escalation, changed, cancellation);
    }

    /// <summary>Takes in what became of the incident since.</summary>
    /// <exception cref="ExchangeException">There is no such case.</exception>
    public async Task<CaseStanding> RefreshAsync(ClaimsPrincipal user, string @case, CancellationToken cancellation)
    {
        user.Require(Permissions.Escalate);
        var escalation = Open();
        return await StandingAsync(
            escalation, await escalation.Cases.RefreshAsync(@case, By(user, null), cancellation), cancellation);
    }

    /// <summary>Exactly what would leave.</summary>
    /// <exception cref="ExchangeException">The case, the partner or the stage is not there.</exception>
    public Task<Preview> PreviewAsync(ClaimsPrincipal user, ReleaseRequest request, CancellationToken cancellation)
    {
        user.Require(Permissions.Cases);
        return WithinAsync(escalation => escalation.Releases.PreviewAsync(request, cancellation));
    }

    /// <summary>
    /// Lets leave what somebody has seen, or notes that they agree where the partner wants another person too.
    /// </summary>
    /// <exception cref="ExchangeException">It may not leave, or is not what was seen.</exception>
    public Task<ReleaseOutcome> ReleaseAsync(
        ClaimsPrincipal user, ReleaseRequest request, string digest, string? why, CancellationToken cancellation)
    {
        user.Require(Permissions.Release);
        return WithinAsync(escalation =>
            escalation.Releases.ReleaseAsync(request, digest, By(user, why), cancellation));
    }

    /// <summary>Hands a release over by the partner's channel.</summary>
    /// <exception cref="ExchangeException">There is no such release, or it was delivered.</exception>
    public Task<DeliveryAttempt> SendAsync(
        ClaimsPrincipal user, string @case, string release, CancellationToken cancellation)
    {
        user.Require(Permissions.Release);
        return WithinAsync(escalation => escalation.Sending.SendAsync(@case, release, By(user, null), cancellation));
    }

    /// <summary>A released pack as one archive (ZIP), noted in the journal.</summary>
    /// <exception cref="ExchangeException">There is no such release.</exception>
    /// <exception cref="ExchangeFormatException">It is not what was released.</exception>
    public async Task<(string Name, byte[] Archive)> PackAsync(
        ClaimsPrincipal user, string @case, string release, CancellationToken cancellation)
    {
        user.Require(Permissions.Release);
        var releases = Open().Releases;
        var found = await releases.FindReleaseAsync(@case, release, cancellation);
        var archive = PackFile.Zip(releases.ReadPack(found), found.At);
        await using var transaction = await alerts.BeginAsync(cancellation);
        await transaction.AppendJournalAsync(
            new JournalAct(clock.GetUtcNow(), By(user, null), JournalVerb.TakePack, found.Case, $"release {found.Id}"),
            cancellation);
        await transaction.CommitAsync(cancellation);
        return ($"pack-{found.Id}.zip", archive);
    }

    private Escalation Open() => exchange is { } folder
        ? Escalation.Open(folder, alerts, cases, EvidenceOf(), clock)
        : throw new ExchangeException(
            "There is no exchange folder: 'otguard partners init' makes one, and 'exchange' in the configuration "
            + "names it.");

    /// <summary>Does what reads or writes keys and packs in the exchange folder.</summary>
    private async Task<T> WithinAsync<T>(Func<Escalation, Task<T>> act)
    {
        try
        {
            return await act(Open());
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new ExchangeException($"The service may not use its exchange folder: {fault.Message}", fault);
        }
    }

    private EvidenceParts? EvidenceOf() =>
        plant.Evidence is { } reader ? new EvidenceParts(new KeptEvidence(reader), plant.Frames) : null;

    private static async Task<CaseStanding> StandingAsync(
        Escalation escalation, CaseVersion one, CancellationToken cancellation) =>
        new(one, escalation.Folder.Regimes[one.Regime], await escalation.Cases.StagesAsync(one, cancellation));

    private static Author By(ClaimsPrincipal user, string? why) => new(user.Who(), why?.Trim() ?? "");
}
