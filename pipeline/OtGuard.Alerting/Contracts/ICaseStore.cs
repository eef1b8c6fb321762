namespace OtGuard.Alerting;

/// <summary>What a record of a case is.</summary>
public enum CaseRecordKind : byte
{
    /// <summary>A version of the case: what was known and asked for at that time.</summary>
    Version,

    /// <summary>A person let a version leave for a partner.</summary>
    Release,

    /// <summary>An attempt to hand a release over, and what became of it.</summary>
    Delivery,

    /// <summary>A person agreed that a version may leave, and another has to agree too.</summary>
    Agreement,
}

/// <summary>One record of a case. Records are added and never changed.</summary>
/// <param name="Case">The case's id.</param>
/// <param name="Id">The record's id, unique: two that write the same version do not both succeed.</param>
/// <param name="Kind">What it is.</param>
/// <param name="At">When, by the writer's clock.</param>
/// <param name="Body">Its contents as JSON.</param>
public sealed record CaseRecord(string Case, string Id, CaseRecordKind Kind, DateTimeOffset At, string Body)
{
    /// <summary>Its place in the order of all records, given by the store; 0 before it is stored.</summary>
    public long Sequence { get; init; }
}

/// <summary>A case as a store lists it.</summary>
/// <param name="Id">Its id: a random UUID, so that nothing can be read out of it.</param>
/// <param name="Number">The short number people use.</param>
/// <param name="Incident">The id of the incident it was made from.</param>
public sealed record CaseHead(string Id, long Number, string Incident);

/// <summary>
/// Keeps cases: append-only, each record in one transaction with its entry in the journal. Thread-safe.
/// </summary>
public interface ICaseStore
{
    /// <summary>Opens a case: gives it its number and keeps its first version.</summary>
    /// <exception cref="CaseConflictException">There is a case of this incident already.</exception>
    Task<CaseHead> OpenAsync(
        string incident, CaseRecord first, JournalAct act, CancellationToken cancellation);

    /// <summary>Adds a record to a case.</summary>
    /// <exception cref="CaseConflictException">There is a record of that id.</exception>
    Task AppendAsync(CaseRecord record, JournalAct act, CancellationToken cancellation);

    /// <summary>Cases, the latest first.</summary>
    Task<IReadOnlyList<CaseHead>> ListCasesAsync(int limit, CancellationToken cancellation);

    /// <summary>The case of that id, its beginning (at least eight characters) or number, or null.</summary>
    Task<CaseHead?> FindCaseAsync(string idOrNumber, CancellationToken cancellation);

    /// <summary>The case made from an incident, or null.</summary>
    Task<CaseHead?> FindCaseOfAsync(string incident, CancellationToken cancellation);

    /// <summary>The records of a case in the order of storing; of one kind where one is given.</summary>
    Task<IReadOnlyList<CaseRecord>> ListRecordsAsync(
        string caseId, CaseRecordKind? kind, CancellationToken cancellation);
}

/// <summary>Somebody else was faster: the record is there already, with other contents.</summary>
public sealed class CaseConflictException : Exception
{
    /// <summary>Creates the exception.</summary>
    public CaseConflictException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public CaseConflictException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public CaseConflictException()
    {
    }
}
