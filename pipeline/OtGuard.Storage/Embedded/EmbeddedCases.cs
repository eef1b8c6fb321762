using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using OtGuard.Alerting;

namespace OtGuard.Storage.Embedded;

/// <summary>Cases in the embedded store. Thread-safe.</summary>
internal sealed class EmbeddedCases(EmbeddedDatabase database) : ICaseStore
{
    private const int SqliteConstraint = 19;

    public async Task<CaseHead> OpenAsync(
        string incident, CaseRecord first, JournalAct act, CancellationToken cancellation)
    {
        var sql = await database.BeginAsync(cancellation);
        await using var transaction = new EmbeddedTransaction(database, sql, _ => { });
        var number = Insert(
            () =>
            {
                sql.Execute("INSERT INTO case_file (id, incident) VALUES ($1, $2)", first.Case, incident);
                return sql.Number("SELECT last_insert_rowid()");
            },
            $"There is a case of incident {incident} already.");
        Insert(sql, first);
        await JournalAsync(transaction, first, act, cancellation);
        await transaction.CommitAsync(cancellation);
        return new CaseHead(first.Case, number, incident);
    }

    public async Task AppendAsync(CaseRecord record, JournalAct act, CancellationToken cancellation)
    {
        var sql = await database.BeginAsync(cancellation);
        await using var transaction = new EmbeddedTransaction(database, sql, _ => { });
        Insert(sql, record);
        await JournalAsync(transaction, record, act, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    public Task<IReadOnlyList<CaseHead>> ListCasesAsync(int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<CaseHead>>(database.Read(sql => sql.Rows(
            "SELECT id, number, incident FROM case_file ORDER BY number DESC LIMIT $1", ReadHead, limit)));

    public Task<CaseHead?> FindCaseAsync(string idOrNumber, CancellationToken cancellation)
    {
        const int shortest = 8;
        return Task.FromResult(database.Read(sql =>
            sql.Row("SELECT id, number, incident FROM case_file WHERE number = $1", ReadHead,
                EmbeddedStore.NumberOf(idOrNumber))
            ?? (idOrNumber.Length >= shortest && idOrNumber.All(c => char.IsAsciiHexDigit(c) || c == '-')
                ? sql.Row("SELECT id, number, incident FROM case_file WHERE id LIKE $1 || '%' LIMIT 1", ReadHead,
                    idOrNumber)
                : null)));
    }

    public Task<CaseHead?> FindCaseOfAsync(string incident, CancellationToken cancellation) =>
        Task.FromResult(database.Read(sql =>
            sql.Row("SELECT id, number, incident FROM case_file WHERE incident = $1", ReadHead, incident)));

    public Task<IReadOnlyList<CaseRecord>> ListRecordsAsync(
        string caseId, CaseRecordKind? kind, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<CaseRecord>>(database.Read(sql => sql.Rows(
            "SELECT case_id, id, kind, at, body, sequence FROM case_record WHERE case_id = $1 "
            + "AND ($2 IS NULL OR kind = $2) ORDER BY sequence",
            row => new CaseRecord(
                row.GetString(0), row.GetString(1), (CaseRecordKind)row.GetInt64(2),
                new DateTimeOffset(row.GetInt64(3), TimeSpan.Zero), row.GetString(4))
            {
                Sequence = row.GetInt64(5),
            },
            caseId, kind is { } one ? (long)one : null)));

    private void Insert(Sql sql, CaseRecord record) => Insert(
        () => (long)sql.Execute(
            "INSERT INTO case_record (case_id, id, kind, at, body) VALUES ($1, $2, $3, $4, $5)",
            record.Case, record.Id, (long)record.Kind, record.At.UtcTicks, record.Body),
        $"The case was changed by somebody else at the same time: {record.Id} is there already.");

    private long Insert(Func<long> statements, string conflict)
    {
        try
        {
            return database.Guard(statements);
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode == SqliteConstraint)
        {
            throw new CaseConflictException(conflict, fault);
        }
    }

    /// <summary>
    /// The journal's chain covers the record by its hash: a record changed or left out shows there.
    /// </summary>
    private static Task JournalAsync(
        EmbeddedTransaction transaction, CaseRecord record, JournalAct act, CancellationToken cancellation)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(record.Body)));
        var detail = $"{record.Id} sha256:{hash}";
        return transaction.AppendJournalAsync(
            act with { Subject = record.Case, Detail = act.Detail.Length == 0 ? detail : $"{act.Detail} {detail}" },
            cancellation);
    }

    private static CaseHead ReadHead(SqliteDataReader row) => new(row.GetString(0), row.GetInt64(1), row.GetString(2));
}
