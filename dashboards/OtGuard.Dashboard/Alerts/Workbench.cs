using System.Security.Claims;
using System.Security.Cryptography;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Dashboard.Access;
using OtGuard.Dashboard.Api;
using OtGuard.Dashboard.Plant;

namespace OtGuard.Dashboard.Alerts;

/// <summary>An alert with all that belongs to it.</summary>
/// <param name="Alert">The alert.</param>
/// <param name="Deviations">Deviations it holds, the first of them.</param>
/// <param name="Journal">What was done with it.</param>
/// <param name="Related">Other alerts of the same actor or asset.</param>
/// <param name="Incident">The incident it belongs to, or null.</param>
/// <param name="Proposal">A proposal to learn it, or null.</param>
public sealed record AlertDetail(
    Alert Alert, IReadOnlyList<StoredDeviation> Deviations, IReadOnlyList<JournalEntry> Journal,
    IReadOnlyList<Alert> Related, Incident? Incident, BaselineProposal? Proposal);

/// <summary>What came of an act on several alerts.</summary>
/// <param name="Done">Alerts it was done to.</param>
/// <param name="Refused">Alerts it could not be done to, with the reason.</param>
public sealed record BulkResult(IReadOnlyList<long> Done, IReadOnlyDictionary<string, string> Refused);

/// <summary>The verbs on alerts.</summary>
public enum AlertVerb : byte
{
    /// <summary>Take it up.</summary>
    Acknowledge,

    /// <summary>Done with; raised again if it recurs.</summary>
    Close,

    /// <summary>Silence it.</summary>
    Mute,

    /// <summary>Lift the silence.</summary>
    Unmute,

    /// <summary>Propose that it is normal.</summary>
    Learn,
}

/// <summary>
/// What people read and do: the one way to it for page and web API alike. Every act asks for its permission here,
/// whoever
/// asked before. Thread-safe.
/// </summary>
public sealed class Workbench(
    IAlertStore store, AlertDesk desk, AlertBoard board, IPlant plant, TimeProvider clock)
{
    /// <summary>Deviations shown of one alert; <c>store export</c> has them all.</summary>
    public const int MostDeviations = 200;

    /// <summary>Alerts that one act may be done to at once.</summary>
    public const int MostAtOnce = 1000;

    private const int MostJournal = 5000;
    private const int MostRelated = 20;

    /// <summary>The alerts.</summary>
    public AlertBoard Board => board;

    /// <summary>The plant and the monitor.</summary>
    public IPlant Plant => plant;

    /// <summary>The permission that a verb needs.</summary>
    public static string PermissionOf(AlertVerb verb) => verb switch
    {
        AlertVerb.Acknowledge or AlertVerb.Close or AlertVerb.Mute or AlertVerb.Unmute => Permissions.Triage,
        AlertVerb.Learn => Permissions.Learn,
    };

    /// <summary>Alerts that a filter takes, the most severe first.</summary>
    public IReadOnlyList<Alert> List(ClaimsPrincipal user, AlertFilter filter)
    {
        user.Require(Permissions.Read);
        return [.. board.State.Sorted.Where(filter.Takes)];
    }

    /// <summary>An alert with all that belongs to it, or null.</summary>
    public async Task<AlertDetail?> FindAsync(ClaimsPrincipal user, string alert, CancellationToken cancellation)
    {
        user.Require(Permissions.Read);
        if (await store.FindAlertAsync(alert, cancellation) is not { } found) return null;
        var deviations = await store.ListDeviationsAsync(found.Id, 0, MostDeviations, cancellation);
        var journal = await store.ListJournalAsync(found.Id, MostJournal, cancellation);
        var related = board.State.Sorted
            .Where(other => other.Id != found.Id
                && ((found.Actor is not null && (other.Actor == found.Actor || other.Asset == found.Actor))
                    || (found.Asset is not null && (other.Asset == found.Asset || other.Actor == found.Asset))))
            .Take(MostRelated).ToList();
        var incident = found.Incident is null ? null : await store.FindIncidentAsync(found.Incident, cancellation);
        var proposal = (await store.ListProposalsAsync(cancellation)).FirstOrDefault(one => one.Alert == found.Id);
        return new AlertDetail(found, deviations, journal, related, incident, proposal);
    }

    /// <summary>Does something with an alert.</summary>
    /// <param name="user">Who.</param>
    /// <param name="alert">Id or number.</param>
    /// <param name="verb">What.</param>
    /// <param name="why">Why, in words.</param>
    /// <param name="muteFor">For Mute, how long; null until it is lifted.</param>
    /// <param name="cancellation">Stops waiting for the store.</param>
    /// <exception cref="RefusedException">Who asks may not.</exception>
    /// <exception cref="AlertDeskException">It cannot be done; the message says why.</exception>
    public async Task ActAsync(
        ClaimsPrincipal user, string alert, AlertVerb verb, string? why, TimeSpan? muteFor, CancellationToken cancellation)
    {
        user.Require(PermissionOf(verb));
        var author = new Author(user.Who(), why?.Trim() ?? "");
        await (verb switch
        {
            AlertVerb.Acknowledge => desk.AcknowledgeAsync(alert, author, cancellation),
            AlertVerb.Close => desk.CloseAsync(alert, author, cancellation),
            AlertVerb.Mute => desk.MuteAsync(
                alert, muteFor is { } span ? clock.GetUtcNow() + span : null, author, cancellation),
            AlertVerb.Unmute => desk.UnmuteAsync(alert, author, cancellation),
            AlertVerb.Learn => (Task)desk.LearnAsync(alert, author, cancellation),
        });
        await board.RefreshAsync();
    }

    /// <summary>
    /// Does something with several alerts; what cannot be done to one does not keep it from the others.
    /// </summary>
    /// <exception cref="RefusedException">Who asks may not.</exception>
    public async Task<BulkResult> ActAsync(
        ClaimsPrincipal user, IReadOnlyList<string> alerts, AlertVerb verb, string? why, TimeSpan? muteFor,
        CancellationToken cancellation)
    {
        user.Require(PermissionOf(verb));
        if (alerts.Count > MostAtOnce)
            throw new AlertDeskException($"Not more than {MostAtOnce} alerts at once; choose them by a filter.");
        List<long> done = [];
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var alert in alerts.Distinct(StringComparer.Ordinal))
        {
            try
            {
                await ActAsync(user, alert, verb, why, muteFor, cancellation);
                done.Add(board.State.Entries.GetValueOrDefault(alert)?.Alert.Number
                    ?? (await store.FindAlertAsync(alert, cancellation))!.Number);
            }
            catch (AlertDeskException fault)
            {
                refused[alert] = fault.Message;
            }
        }

        return new BulkResult(done, refused);
    }

    /// <summary>Proposals to take something into a baseline.</summary>
    public Task<IReadOnlyList<BaselineProposal>> ProposalsAsync(ClaimsPrincipal user, CancellationToken cancellation)
    {
        user.Require(Permissions.Read);
        return store.ListProposalsAsync(cancellation);
    }

    /// <summary>Approves or rejects a proposal of somebody else.</summary>
    /// <exception cref="AlertDeskException">It is one's own, decided, or not there.</exception>
    public async Task<BaselineProposal> DecideAsync(
        ClaimsPrincipal user, string proposal, bool approve, string? why, CancellationToken cancellation)
    {
        user.Require(Permissions.Approve);
        var author = new Author(user.Who(), why?.Trim() ?? "");
        var decided = approve
            ? await desk.ApproveAsync(proposal, author, cancellation)
            : await desk.RejectAsync(proposal, author, cancellation);
        await board.RefreshAsync();
        return decided;
    }

    /// <summary>
    /// Announced work that goes on or begins within a week, and what it has held back of a day before, the earliest first.
    /// </summary>
    public async Task<IReadOnlyList<MaintenanceWindow>> WindowsAsync(ClaimsPrincipal user, CancellationToken cancellation)
    {
        user.Require(Permissions.Read);
        var now = CaptureTimes.Of(clock.GetUtcNow());
        return
        [
            .. (await store.ListWindowsAsync(cancellation))
                .Where(window => window.Until > now + TimeSpan.FromDays(-1) && window.From < now + TimeSpan.FromDays(7))
                .OrderBy(window => window.From),
        ];
    }

    /// <summary>All announced work, the latest first.</summary>
    public Task<IReadOnlyList<MaintenanceWindow>> AllWindowsAsync(ClaimsPrincipal user, CancellationToken cancellation)
    {
        user.Require(Permissions.Read);
        return store.ListWindowsAsync(cancellation);
    }

    /// <summary>Incidents, the latest first.</summary>
    public Task<IReadOnlyList<Incident>> IncidentsAsync(ClaimsPrincipal user, bool openOnly, CancellationToken cancellation)
    {
        user.Require(Permissions.Read);
        return store.ListIncidentsAsync(openOnly, 500, cancellation);
    }

    /// <summary>An incident, or null.</summary>
    public Task<Incident?> IncidentAsync(ClaimsPrincipal user, string incident, CancellationToken cancellation)
    {
        user.Require(Permissions.Read);
        return store.FindIncidentAsync(incident, cancellation);
    }

    /// <summary>Closes an incident and what is open of its alerts.</summary>
    public async Task<Incident> CloseIncidentAsync(
        ClaimsPrincipal user, string incident, string? why, CancellationToken cancellation)
    {
        user.Require(Permissions.Incidents);
        var closed = await desk.CloseIncidentAsync(incident, new Author(user.Who(), why?.Trim() ?? ""), cancellation);
        await board.RefreshAsync();
        return closed;
    }

    /// <summary>The audit trail, the latest last.</summary>
    public Task<IReadOnlyList<JournalEntry>> AuditAsync(ClaimsPrincipal user, int limit, CancellationToken cancellation)
    {
        user.Require(Permissions.Audit);
        return store.ListJournalAsync(null, limit, cancellation);
    }

    /// <summary>Follows every chain of the audit trail.</summary>
    public Task<IReadOnlyList<JournalCheck>> CheckAuditAsync(ClaimsPrincipal user, CancellationToken cancellation)
    {
        user.Require(Permissions.Audit);
        return store.CheckJournalAsync(cancellation);
    }

    /// <summary>Puts one's approval under a baseline.</summary>
    /// <exception cref="AlertDeskException">It cannot be done; the message says why.</exception>
    public Task ApproveBaselineAsync(ClaimsPrincipal user, string name, string? why, CancellationToken cancellation) =>
        EndorseAsync(
            user, name, Permissions.Approve, JournalVerb.ApproveBaseline, why,
            () => plant.Baselines.Approve(name, user.Who(), why?.Trim() ?? ""), cancellation);

    /// <summary>Signs a baseline with a private key (PEM), which is used once and kept nowhere.</summary>
    /// <exception cref="AlertDeskException">It cannot be done; the message says why.</exception>
    public Task SignBaselineAsync(ClaimsPrincipal user, string name, string? key, string? why, CancellationToken cancellation) =>
        EndorseAsync(
            user, name, Permissions.Sign, JournalVerb.SignBaseline, why,
            () => plant.Baselines.Sign(name, key ?? ""), cancellation);

    private async Task EndorseAsync(
        ClaimsPrincipal user, string name, string permission, JournalVerb verb, string? why, Func<Models.Baseline> endorse,
        CancellationToken cancellation)
    {
        user.Require(permission);
        var hash = "";
        try
        {
            if (!plant.Baselines.Names.Contains(name)) throw new AlertDeskException($"There is no baseline '{name}'.");
            hash = endorse().ContentHash;
        }
        catch (Exception fault) when (fault is ArgumentException or IOException or UnauthorizedAccessException
            or Models.BaselineFormatException)
        {
            throw new AlertDeskException(fault.Message, fault);
        }

        await NoteAsync(user, verb, $"baseline {name}", hash, why, cancellation);
    }

    /// <summary>The file with what shows an alert, noted in the journal; null where none is kept.</summary>
    /// <exception cref="AlertDeskException">A log of candump is asked for, and there are frames of a network.</exception>
    public async Task<EvidenceFile?> EvidenceAsync(
        ClaimsPrincipal user, string alert, EvidenceForm form, CancellationToken cancellation)
    {
        user.Require(Permissions.Evidence);
        if (await store.FindAlertAsync(alert, cancellation) is not { } found) return null;
        if (plant.Evidence is not { } evidence) return null;
        var captures = await evidence.FindOfAlertAsync(store, found.Id, cancellation);
        if (captures.Count == 0) return null;
        using var together = new MemoryStream();
        await evidence.MergeAsync(captures, together, cancellation);
        var capture = together.ToArray();
        if (form == EvidenceForm.Candump)
        {
            if (evidence.ReadFrames(captures).Any(frame => frame.LinkType != LinkType.SocketCan))
                throw new AlertDeskException("It holds frames of a network, which candump does not know.");
            capture = plant.Frames.ToCandump(capture);
        }

        var file = new EvidenceFile(
            $"alert-{found.Number}.{(form == EvidenceForm.Candump ? "log" : "pcapng")}", capture,
            Convert.ToHexStringLower(SHA256.HashData(capture)));
        await NoteAsync(user, JournalVerb.TakeEvidence, found.Id, file.Sha256, null, cancellation);
        return file;
    }

    /// <summary>The frames that show an alert, field by field; null where none are kept.</summary>
    public async Task<AlertFrames?> FramesAsync(ClaimsPrincipal user, string alert, CancellationToken cancellation)
    {
        user.Require(Permissions.Read);
        if (await store.FindAlertAsync(alert, cancellation) is not { } found) return null;
        if (plant.Evidence is not { } evidence) return null;
        var captures = await evidence.FindOfAlertAsync(store, found.Id, cancellation);
        if (captures.Count == 0) return null;
        var deviations = await store.ListDeviationsAsync(
            found.Id, 0, EvidenceReading.MaximumTogether, cancellation);
        var concerned = captures.Join(
                deviations, capture => capture.Deviation, stored => stored.Deviation.Id,
                (capture, stored) => (capture.Source, stored.Deviation.Frames))
            .ToLookup(one => one.Source, one => one.Frames, StringComparer.Ordinal);
        var dissector = plant.Frames.NewDissector();
        var sources = new Queue<string>();
        List<AlertFrame> frames = [];
        var (total, areCan) = (0, true);
        foreach (var frame in evidence.ReadFrames(captures))
        {
            cancellation.ThrowIfCancellationRequested();
            total++;
            areCan &= frame.LinkType == LinkType.SocketCan;
            if (total > AlertFrames.MostFrames) continue;
            sources.Enqueue(frame.Source);
            dissector.Add(new CapturedFrame(
                frame.Time, frame.LinkType, frame.Interface, frame.Number, frame.Data.Span, frame.OriginalLength));
            Take();
        }

        dissector.Finish();
        Take();
        return new AlertFrames(frames, total, areCan);

        void Take()
        {
            while (dissector.TryTake(out var dissected))
            {
                var source = sources.Dequeue();
                frames.Add(new AlertFrame(
                    dissected, source,
                    concerned[source].Any(ranges => ranges.Any(
                        range => dissected.Number >= range.First && dissected.Number <= range.Last))));
            }
        }
    }

    private async Task NoteAsync(
        ClaimsPrincipal user, JournalVerb verb, string subject, string detail, string? why, CancellationToken cancellation)
    {
        await using var transaction = await store.BeginAsync(cancellation);
        await transaction.AppendJournalAsync(
            new JournalAct(clock.GetUtcNow(), new Author(user.Who(), why?.Trim() ?? ""), verb, subject, detail), cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
