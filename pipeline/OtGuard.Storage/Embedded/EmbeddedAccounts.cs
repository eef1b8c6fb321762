using OtGuard.Alerting;

namespace OtGuard.Storage.Embedded;

/// <summary>Accounts and tokens in the embedded store. Thread-safe.</summary>
public sealed class EmbeddedAccounts : IAccountStore
{
    private readonly EmbeddedStore _store;
    private readonly EmbeddedDatabase _database;

    internal EmbeddedAccounts(EmbeddedStore store, EmbeddedDatabase database) => (_store, _database) = (store, database);

    /// <inheritdoc/>
    public Task<Account?> FindAccountAsync(string name, CancellationToken cancellation) =>
        Task.FromResult(_database.Read(sql => Find(sql, name)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Account>> ListAccountsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Account>>(_database.Read(List));

    /// <inheritdoc/>
    public Task<ApiToken?> FindTokenAsync(string id, CancellationToken cancellation) =>
        Task.FromResult(_database.Read(sql => sql.Row(
            "SELECT body FROM api_token WHERE id = $1", row => AlertingJson.Read<ApiToken>(row.GetString(0)), id)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ApiToken>> ListTokensAsync(string? owner, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ApiToken>>(_database.Read(sql => sql.Rows(
            "SELECT body FROM api_token WHERE $1 IS NULL OR owner = $1 ORDER BY created_at DESC, id",
            row => AlertingJson.Read<ApiToken>(row.GetString(0)), owner)));

    /// <inheritdoc/>
    public Task<Account?> ChangeAccountAsync(
        string name, Func<Account?, (Account? Changed, JournalAct? Act)> change, CancellationToken cancellation) =>
        ChangeAccountAsync(name, (found, _) => change(found), cancellation);

    /// <inheritdoc/>
    public async Task<Account?> ChangeAccountAsync(
        string name, Func<Account?, IReadOnlyList<Account>, (Account? Changed, JournalAct? Act)> change,
        CancellationToken cancellation)
    {
        await using var transaction = await BeginAsync(cancellation);
        var (changed, act) = transaction.WithSql(sql => change(Find(sql, name), List(sql)));
        transaction.WithSql(sql => changed is null
            ? sql.Execute("DELETE FROM account WHERE name = $1", name)
            : sql.Execute(
                "INSERT INTO account (name, body) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET body = $2",
                changed.Name, AlertingJson.Write(changed)));
        if (act is not null) await transaction.AppendJournalAsync(act, cancellation);
        await transaction.CommitAsync(cancellation);
        return changed;
    }

    /// <inheritdoc/>
    public async Task PutTokenAsync(ApiToken token, JournalAct act, CancellationToken cancellation)
    {
        await using var transaction = await BeginAsync(cancellation);
        transaction.WithSql(sql => sql.Execute(
            "INSERT INTO api_token (id, owner, created_at, body) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET "
            + "body = $4",
            token.Id, token.Owner, token.CreatedAt.UtcTicks, AlertingJson.Write(token)));
        await transaction.AppendJournalAsync(act, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <inheritdoc/>
    public async Task NoteAsync(JournalAct act, CancellationToken cancellation)
    {
        await using var transaction = await BeginAsync(cancellation);
        await transaction.AppendJournalAsync(act, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private async Task<EmbeddedTransaction> BeginAsync(CancellationToken cancellation) =>
        (EmbeddedTransaction)await _store.BeginAsync(cancellation);

    private static Account? Find(Sql sql, string name) => sql.Row(
        "SELECT body FROM account WHERE name = $1", row => AlertingJson.Read<Account>(row.GetString(0)), name);

    private static List<Account> List(Sql sql) => sql.Rows(
        "SELECT body FROM account ORDER BY name", row => AlertingJson.Read<Account>(row.GetString(0)));
}
