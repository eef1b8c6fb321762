using System.Security.Cryptography;
using System.Text;

namespace OtGuard.Alerting;

/// <summary>What is asked cannot be done; the message says why and what can.</summary>
public sealed class AlertDeskException : Exception
{
    /// <summary>Creates the exception.</summary>
    public AlertDeskException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public AlertDeskException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public AlertDeskException()
    {
    }
}

/// <summary>
/// What people do with alerts: each act is written into the journal together with the change, and sent to those who
/// follow alerts. Thread-safe as the store is.
/// </summary>
public sealed class AlertDesk(IAlertStore store, AlertPipeline pipeline, TimeProvider clock)
{
    /// <summary>Takes an alert up.</summary>
    /// <exception cref="AlertDeskException">It is closed, or there is none.</exception>
    public Task<Alert> AcknowledgeAsync(string alert, Author author, CancellationToken cancellation) =>
        ChangeAsync(alert, author, JournalVerb.Acknowledge, "acknowledged", found => found.State switch
        {
            AlertState.Closed =>
                throw new AlertDeskException($"Alert {found.Number} is closed; it is raised again where it recurs."),
            AlertState.New or AlertState.Acknowledged or AlertState.Muted =>
                found with { State = AlertState.Acknowledged, MutedUntil = null },
        }, cancellation);

    /// <summary>Closes an alert: raised again where it recurs.</summary>
    /// <exception cref="AlertDeskException">It is closed already, there is none, or no reason is given.</exception>
    public Task<Alert> CloseAsync(string alert, Author author, CancellationToken cancellation)
    {
        RequireReason(author);
        return ChangeAsync(alert, author, JournalVerb.Close, "closed", found => found.State switch
        {
            AlertState.Closed => throw new AlertDeskException($"Alert {found.Number} is closed already."),
            AlertState.New or AlertState.Acknowledged or AlertState.Muted =>
                found with { State = AlertState.Closed, MutedUntil = null },
        }, cancellation);
    }

    /// <summary>Silences an alert: it stays abnormal and is counted.</summary>
    /// <param name="alert">Id or number.</param>
    /// <param name="until">Until when, by this machine's clock; null until it is lifted.</param>
    /// <param name="author">Who and why.</param>
    /// <param name="cancellation">Stops waiting for the store.</param>
    /// <exception cref="AlertDeskException">It is closed, there is none, the time is past, or no reason is
    /// given.</exception>
    public Task<Alert> MuteAsync(string alert, DateTimeOffset? until, Author author, CancellationToken cancellation)
    {
        RequireReason(author);
        if (until <= clock.GetUtcNow()) throw new AlertDeskException("An alert is muted until a time to come.");
        return ChangeAsync(alert, author, JournalVerb.Mute, "muted", found => found.State switch
        {
            AlertState.Closed =>
                throw new AlertDeskException($"Alert {found.Number} is closed; only an open one can be muted."),
            AlertState.New or AlertState.Acknowledged or AlertState.Muted =>
                found with { State = AlertState.Muted, MutedUntil = until },
        }, cancellation);
    }

    /// <summary>Lifts the silence.</summary>
    /// <exception cref="AlertDeskException">It is not muted, or there is none.</exception>
    public Task<Alert> UnmuteAsync(string alert, Author author, CancellationToken cancellation) =>
        ChangeAsync(alert, author, JournalVerb.Unmute, "unmuted", found => found.State == AlertState.Muted
            ? found with { State = AlertState.New, MutedUntil = null }
            : throw new AlertDeskException($"Alert {found.Number} is not muted."), cancellation);

    /// <summary>Proposes that what an alert says is normal. Nothing changes until a second person approves.</summary>
    /// <exception cref="AlertDeskException">There is no such alert, it is a storm, no reason is given, or it is
    /// proposed already.</exception>
    public async Task<BaselineProposal> LearnAsync(string alert, Author author, CancellationToken cancellation)
    {
        RequireReason(author);
        var found = await RequireAsync(alert, cancellation);
        if (found.IsStorm) throw new AlertDeskException(
            "A storm holds many facts; learn the alerts behind it one by one.");
        var now = clock.GetUtcNow();
        await using var transaction = await store.BeginAsync(cancellation);
        var id = IdOf("proposal", found.Id, found.Baseline ?? "");
        if (await transaction.FindProposalAsync(id, cancellation) is { State: not ProposalState.Rejected } there)
            throw new AlertDeskException($"It is proposal {there.Number} already, by {there.ProposedBy}.");
        var proposal = await transaction.PutProposalAsync(
            new BaselineProposal
            {
                Id = id,
                Alert = found.Id,
                Fingerprint = found.Fingerprint,
                Kind = found.Kind,
                Subject = found.Subject,
                Expected = found.Expected,
                Observed = found.Observed,
                Baseline = found.Baseline,
                ProposedBy = author.Who,
                ProposedAt = now,
            },
            cancellation);
        await transaction.AppendJournalAsync(new JournalAct(now, author, JournalVerb.Learn, found.Id, proposal.Id),
            cancellation);
        await transaction.CommitAsync(cancellation);
        return proposal;
    }

    /// <summary>
    /// Approves a proposal: its alert is closed, and what is judged by the same baseline raises none of that
    /// fingerprint.
    /// </summary>
    /// <exception cref="AlertDeskException">There is none, it is decided, or the author proposed it.</exception>
    public Task<BaselineProposal> ApproveAsync(string proposal, Author author, CancellationToken cancellation) =>
        DecideAsync(proposal, ProposalState.Approved, author, cancellation);

    /// <summary>Turns a proposal down.</summary>
    /// <exception cref="AlertDeskException">There is none, it is decided, or no reason is given.</exception>
    public Task<BaselineProposal> RejectAsync(string proposal, Author author, CancellationToken cancellation)
    {
        RequireReason(author);
        return DecideAsync(proposal, ProposalState.Rejected, author, cancellation);
    }

    /// <summary>Announces work: what it covers is held back and counted to the work order.</summary>
    /// <exception cref="AlertDeskException">It ends before it begins, or names no work order.</exception>
    public async Task<MaintenanceWindow> OpenWindowAsync(MaintenanceWindow window, Author author,
        CancellationToken cancellation)
    {
        if (window.Until <= window.From) throw new AlertDeskException("A maintenance window ends after it begins.");
        if (window.WorkOrder.Length == 0) throw new AlertDeskException("A maintenance window belongs to a work order.");
        var now = clock.GetUtcNow();
        window = window with
        {
            Id = IdOf("window", window.WorkOrder, $"{window.From}{window.Until}{window.Address}{window.Zone}"),
            OpenedBy = author.Who,
        };
        await using var transaction = await store.BeginAsync(cancellation);
        await transaction.PutWindowAsync(window, cancellation);
        await transaction.AppendJournalAsync(
            new JournalAct(now, author, JournalVerb.OpenWindow, window.Id, AlertingJson.Write(window)), cancellation);
        await transaction.CommitAsync(cancellation);
        return window;
    }

    /// <summary>Ends a maintenance window at a time.</summary>
    /// <exception cref="AlertDeskException">There is none of that id.</exception>
    public async Task<MaintenanceWindow> EndWindowAsync(
        string id, Collectors.CaptureTime until, Author author, CancellationToken cancellation)
    {
        await using var transaction = await store.BeginAsync(cancellation);
        var window = await transaction.GetWindowAsync(id, cancellation)
            ?? throw new AlertDeskException($"There is no maintenance window {id}.");
        window = window with { Until = until < window.Until ? until : window.Until };
        await transaction.PutWindowAsync(window, cancellation);
        await transaction.AppendJournalAsync(
            new JournalAct(clock.GetUtcNow(), author, JournalVerb.EndWindow, window.Id, window.Until.ToString()),
                cancellation);
        await transaction.CommitAsync(cancellation);
        return window;
    }

    /// <summary>Closes an incident and what is open of its alerts.</summary>
    /// <exception cref="AlertDeskException">There is none, it is not open, or no reason is given.</exception>
    public async Task<Incident> CloseIncidentAsync(string incident, Author author, CancellationToken cancellation)
    {
        RequireReason(author);
        var found = await store.FindIncidentAsync(incident, cancellation)
            ?? throw new AlertDeskException($"There is no incident {incident}.");
        var now = clock.GetUtcNow();
        await using var transaction = await store.BeginAsync(cancellation);
        var current = await transaction.GetIncidentAsync(found.Id, cancellation) ?? found;
        if (current.State != IncidentState.Open)
            throw new AlertDeskException(
                $"Incident {current.Number} is {current.State.ToString().ToLowerInvariant()} already.");
        foreach (var step in current.Timeline)
        {
            if (await transaction.GetAlertAsync(step.Alert, cancellation) is not { IsOpen: true } open) continue;
            var closed = await transaction.PutAlertAsync(
                open with { State = AlertState.Closed, MutedUntil = null, ChangedAt = now, Version = open.Version + 1 },
                    cancellation);
            await transaction.AppendJournalAsync(new JournalAct(now, author, JournalVerb.Close, closed.Id, current.Id),
                cancellation);
            await pipeline.SendAsync(closed, "closed", isTold: true, transaction, cancellation);
        }

        current = await transaction.PutIncidentAsync(
            current with { State = IncidentState.Closed, ChangedAt = now, Version = current.Version + 1 },
                cancellation);
        await transaction.AppendJournalAsync(new JournalAct(now, author, JournalVerb.CloseIncident, current.Id),
            cancellation);
        await transaction.CommitAsync(cancellation);
        return current;
    }

    private async Task<Alert> ChangeAsync(
        string alert, Author author, JournalVerb verb, string reason, Func<Alert, Alert> change,
            CancellationToken cancellation)
    {
        var id = (await RequireAsync(alert, cancellation)).Id;
        var now = clock.GetUtcNow();
        await using var transaction = await store.BeginAsync(cancellation);
        var current = await transaction.GetAlertAsync(id, cancellation)
            ?? throw new AlertDeskException($"There is no alert {alert} any more.");
        var changed = await transaction.PutAlertAsync(
            change(current) with { ChangedAt = now, Version = current.Version + 1 }, cancellation);
        await transaction.AppendJournalAsync(
            new JournalAct(now, author, verb, id, changed.MutedUntil is { } until ? $"until {until:O}" : ""),
                cancellation);
        await pipeline.SendAsync(changed, reason, isTold: true, transaction, cancellation);
        await transaction.CommitAsync(cancellation);
        return changed;
    }

    private async Task<BaselineProposal> DecideAsync(
        string id, ProposalState state, Author author, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await store.BeginAsync(cancellation);
        var proposal = await transaction.FindProposalAsync(id, cancellation)
            ?? throw new AlertDeskException($"There is no proposal {id}.");
        if (proposal.State != ProposalState.Proposed)
            throw new AlertDeskException(
                $"Proposal {proposal.Number} is {proposal.State.ToString().ToLowerInvariant()} already, by "
                + $"{proposal.DecidedBy}.");
        if (state == ProposalState.Approved
            && string.Equals(proposal.ProposedBy, author.Who, StringComparison.OrdinalIgnoreCase))
            throw new AlertDeskException($"{author.Who} proposed it; somebody else has to approve.");
        proposal = await transaction.PutProposalAsync(proposal with { State = state, DecidedBy = author.Who },
            cancellation);
        await transaction.AppendJournalAsync(
            new JournalAct(now, author, state == ProposalState.Approved ? JournalVerb.Approve : JournalVerb.Reject,
                proposal.Id), cancellation);
        if (state == ProposalState.Approved
            && await transaction.GetAlertAsync(proposal.Alert, cancellation) is { IsOpen: true } open)
        {
            var closed = await transaction.PutAlertAsync(
                open with { State = AlertState.Closed, MutedUntil = null, ChangedAt = now, Version = open.Version + 1 },
                    cancellation);
            await transaction.AppendJournalAsync(new JournalAct(now, author, JournalVerb.Close, closed.Id, proposal.Id),
                cancellation);
            await pipeline.SendAsync(closed, "learned", isTold: true, transaction, cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return proposal;
    }

    private async Task<Alert> RequireAsync(string alert, CancellationToken cancellation) =>
        await store.FindAlertAsync(alert, cancellation) ?? throw new AlertDeskException($"There is no alert {alert}.");

    private static void RequireReason(Author author)
    {
        if (string.IsNullOrWhiteSpace(author.Why)) throw new AlertDeskException(
            "Say why: those who come after have only that to go by.");
    }

    private static string IdOf(params ReadOnlySpan<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))).AsSpan(0, 16));
}
