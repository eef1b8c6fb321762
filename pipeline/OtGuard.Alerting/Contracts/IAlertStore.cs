using OtGuard.Collectors;

namespace OtGuard.Alerting;

/// <summary>Which alerts are asked for; what is null does not restrict.</summary>
public sealed record AlertQuery
{
    /// <summary>States; empty for all.</summary>
    public IReadOnlyList<AlertState> States { get; init; } = [];

    /// <summary>Severity at least.</summary>
    public int MinimumSeverity { get; init; }

    /// <summary>The kind.</summary>
    public string? Kind { get; init; }

    /// <summary>An address that acts or is acted upon.</summary>
    public string? Address { get; init; }

    /// <summary>The incident.</summary>
    public string? Incident { get; init; }

    /// <summary>Last evidence not before this.</summary>
    public CaptureTime? Since { get; init; }

    /// <summary>First evidence before this.</summary>
    public CaptureTime? Until { get; init; }

    /// <summary>How many at most, the most severe first.</summary>
    public int Limit { get; init; } = 1000;
}

/// <summary>How a deviation was dealt with.</summary>
/// <param name="Deviation">The deviation.</param>
/// <param name="Alert">The alert that holds it, or null.</param>
/// <param name="Trail">Stage and reason of every stage it passed: <c>fingerprint:known group:joined …</c>.</param>
/// <param name="Sequence">Its place in the order of storing, from 1.</param>
public sealed record StoredDeviation(DeviationRecord Deviation, string? Alert, string Trail, long Sequence);

/// <summary>How a deviation was stored.</summary>
/// <param name="Revision">How many states of it there were, this one included.</param>
/// <param name="Place">Where it lies as a point of a series.</param>
public sealed record StoredAs(long Revision, PointPlace Place);

/// <summary>What Learn asks for: a change of the baseline, applied once a second person approves.</summary>
public sealed record BaselineProposal
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The short number people use.</summary>
    public long Number { get; init; }

    /// <summary>The alert it came from.</summary>
    public required string Alert { get; init; }

    /// <summary>The fingerprint that would be normal.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The kind.</summary>
    public required string Kind { get; init; }

    /// <summary>Who does it to whom.</summary>
    public required string Subject { get; init; }

    /// <summary>What the baseline says now.</summary>
    public required string Expected { get; init; }

    /// <summary>What it would say.</summary>
    public required string Observed { get; init; }

    /// <summary>Content hash of the baseline it was judged by, or null.</summary>
    public string? Baseline { get; init; }

    /// <summary>Where it stands.</summary>
    public ProposalState State { get; init; }

    /// <summary>Who proposed it.</summary>
    public required string ProposedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ProposedAt { get; init; }

    /// <summary>Who decided, or null.</summary>
    public string? DecidedBy { get; init; }
}

/// <summary>Where a proposal stands.</summary>
public enum ProposalState : byte
{
    /// <summary>Waits for a second person.</summary>
    Proposed,

    /// <summary>Approved: such deviations raise no alert while they are judged by the same baseline.</summary>
    Approved,

    /// <summary>Turned down.</summary>
    Rejected,
}

/// <summary>A time in which work on part of the plant is announced.</summary>
public sealed record MaintenanceWindow
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The work order it belongs to.</summary>
    public required string WorkOrder { get; init; }

    /// <summary>From when, in capture time.</summary>
    public required CaptureTime From { get; init; }

    /// <summary>Until when, in capture time, not included.</summary>
    public required CaptureTime Until { get; init; }

    /// <summary>An address that is worked on or from, or null for all.</summary>
    public string? Address { get; init; }

    /// <summary>The zone, or null for all.</summary>
    public string? Zone { get; init; }

    /// <summary>Who announced it.</summary>
    public required string OpenedBy { get; init; }

    /// <summary>Deviations held back by it.</summary>
    public long Held { get; init; }

    /// <summary>True where a deviation falls into it.</summary>
    public bool Covers(DeviationRecord deviation) =>
        deviation.FirstSeen >= From && deviation.FirstSeen < Until
        && (Zone is null || Zone == deviation.Zone)
        && (Address is null || Address == deviation.Actor || Address == deviation.Asset);
}

/// <summary>
/// Keeps deviations, alerts, incidents and the journal. Free of any dialect; every store that is transactional can
/// implement it. Thread-safe: transactions come one after the other, readers beside them see what is committed.
/// </summary>
public interface IAlertStore : IAsyncDisposable
{
    /// <summary>Begins a transaction, after the one that is running.</summary>
    Task<IAlertTransaction> BeginAsync(CancellationToken cancellation);

    /// <summary>Alerts, the most severe first, then the latest.</summary>
    Task<IReadOnlyList<Alert>> ListAlertsAsync(AlertQuery query, CancellationToken cancellation);

    /// <summary>The alert of that id (or its beginning, at least eight characters) or number, or null.</summary>
    Task<Alert?> FindAlertAsync(string idOrNumber, CancellationToken cancellation);

    /// <summary>The deviations of an alert in the order of storing.</summary>
    Task<IReadOnlyList<StoredDeviation>> ListDeviationsAsync(string? alert, long afterSequence, int limit,
        CancellationToken cancellation);

    /// <summary>Incidents, the latest first.</summary>
    Task<IReadOnlyList<Incident>> ListIncidentsAsync(bool openOnly, int limit, CancellationToken cancellation);

    /// <summary>The incident of that id, its beginning, or number, or null.</summary>
    Task<Incident?> FindIncidentAsync(string idOrNumber, CancellationToken cancellation);

    /// <summary>Proposals, the latest first.</summary>
    Task<IReadOnlyList<BaselineProposal>> ListProposalsAsync(CancellationToken cancellation);

    /// <summary>Maintenance windows, the latest first.</summary>
    Task<IReadOnlyList<MaintenanceWindow>> ListWindowsAsync(CancellationToken cancellation);

    /// <summary>Who is sent what, as the service last had it; empty before its first start.</summary>
    Task<IReadOnlyList<Route>> ListRoutesAsync(CancellationToken cancellation);

    /// <summary>Journal entries about a subject (null for all), in the order of writing.</summary>
    Task<IReadOnlyList<JournalEntry>> ListJournalAsync(string? subject, int limit, CancellationToken cancellation);

    /// <summary>Follows every chain of the journal from its beginning.</summary>
    Task<IReadOnlyList<JournalCheck>> CheckJournalAsync(CancellationToken cancellation);
}

/// <summary>
/// Changes that are kept together or not at all; what is not committed is undone when it is disposed. Not thread-safe.
/// </summary>
public interface IAlertTransaction : IAsyncDisposable
{
    /// <summary>The deviation of that id as it is stored, or null.</summary>
    Task<StoredDeviation?> FindDeviationAsync(string id, CancellationToken cancellation);

    /// <summary>Stores a deviation; one of the same id is replaced.</summary>
    Task<StoredAs> PutDeviationAsync(
        DeviationRecord deviation, string? alert, string trail, DateTimeOffset receivedAt,
            CancellationToken cancellation);

    /// <summary>The alert of that id, or null.</summary>
    Task<Alert?> GetAlertAsync(string id, CancellationToken cancellation);

    /// <summary>The latest alert of a fingerprint, open or closed, or null.</summary>
    Task<Alert?> FindLatestAsync(string fingerprint, CancellationToken cancellation);

    /// <summary>
    /// The latest open alert of one of these kinds with that actor and that asset (null for any; one of the two is
    /// given) whose evidence touches the window around <paramref name="time"/>, or null.
    /// </summary>
    Task<Alert?> FindCauseAsync(
        IReadOnlyCollection<string> kinds, string? actor, string? asset, CaptureTime time, TimeSpan window,
            CancellationToken cancellation);

    /// <summary>
    /// Alerts whose actor or asset is one of these addresses and whose last evidence lies within the window around
    /// <paramref name="time"/>, the latest first. Storms are left out: they have no actor.
    /// </summary>
    Task<IReadOnlyList<Alert>> FindRelatedAsync(
        IReadOnlyCollection<string> addresses, CaptureTime time, TimeSpan window, int limit,
            CancellationToken cancellation);

    /// <summary>True where no deviation of that kind and none of that actor is stored.</summary>
    Task<bool> IsUnseenAsync(string kind, string? actor, CancellationToken cancellation);

    /// <summary>Stores an alert; gives a new one its number.</summary>
    Task<Alert> PutAlertAsync(Alert alert, CancellationToken cancellation);

    /// <summary>
    /// Open alerts that have received nothing since <paramref name="silentSince"/>, and muted ones whose time is up.
    /// </summary>
    Task<IReadOnlyList<Alert>> FindDueAsync(DateTimeOffset silentSince, DateTimeOffset now, int limit,
        CancellationToken cancellation);

    /// <summary>
    /// How often a console was told of something in (<paramref name="from"/>, <paramref name="until"/>], in capture
    /// time.
    /// </summary>
    Task<(int Within, int Exempt)> CountAnnunciationsAsync(string console, CaptureTime from, CaptureTime until,
        CancellationToken cancellation);

    /// <summary>Notes that a console was told of something.</summary>
    Task AnnunciateAsync(string console, CaptureTime time, bool exempt, CancellationToken cancellation);

    /// <summary>The window that covers a deviation, or null; counts the deviation to it.</summary>
    Task<MaintenanceWindow?> HoldForMaintenanceAsync(DeviationRecord deviation, CancellationToken cancellation);

    /// <summary>Stores a maintenance window.</summary>
    Task PutWindowAsync(MaintenanceWindow window, CancellationToken cancellation);

    /// <summary>The maintenance window of that id, or null.</summary>
    Task<MaintenanceWindow?> GetWindowAsync(string id, CancellationToken cancellation);

    /// <summary>The approved proposal that makes a fingerprint normal under a baseline, or null.</summary>
    Task<BaselineProposal?> FindApprovedAsync(string fingerprint, string? baseline, CancellationToken cancellation);

    /// <summary>The proposal of that id or number, or null.</summary>
    Task<BaselineProposal?> FindProposalAsync(string idOrNumber, CancellationToken cancellation);

    /// <summary>Stores a proposal; gives a new one its number.</summary>
    Task<BaselineProposal> PutProposalAsync(BaselineProposal proposal, CancellationToken cancellation);

    /// <summary>The incident of that id, or null.</summary>
    Task<Incident?> GetIncidentAsync(string id, CancellationToken cancellation);

    /// <summary>Stores an incident; gives a new one its number.</summary>
    Task<Incident> PutIncidentAsync(Incident incident, CancellationToken cancellation);

    /// <summary>Keeps who is sent what, for those who act on alerts beside the service.</summary>
    Task PutRoutesAsync(IReadOnlyList<Route> routes, CancellationToken cancellation);

    /// <summary>Writes an entry into the chain of this store's writer.</summary>
    Task AppendJournalAsync(JournalAct act, CancellationToken cancellation);

    /// <summary>Queues a message for destinations; sent only after the commit.</summary>
    Task EnqueueAsync(OutboxMessage message, IReadOnlyCollection<string> destinations, CancellationToken cancellation);

    /// <summary>Makes everything durable: after this a crash of the machine loses none of it.</summary>
    Task CommitAsync(CancellationToken cancellation);
}

/// <summary>
/// The store found no room for a transaction, and nothing of it was kept. It makes room before the next one, so that
/// trying again is worth while.
/// </summary>
public sealed class StoreFullException : IOException
{
    /// <summary>Creates the exception.</summary>
    public StoreFullException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public StoreFullException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public StoreFullException()
    {
    }
}
