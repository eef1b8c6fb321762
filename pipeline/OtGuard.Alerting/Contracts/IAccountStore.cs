namespace OtGuard.Alerting;

/// <summary>What somebody is to the plant; what each may do is the dashboard's business.</summary>
public enum AccountRole : byte
{
    /// <summary>Looks.</summary>
    Viewer,

    /// <summary>Works on alerts: acknowledges, closes, mutes.</summary>
    Operator,

    /// <summary>Knows what is normal: proposes and approves changes of the baseline.</summary>
    Engineer,

    /// <summary>Speaks with partners: works on incidents, takes evidence.</summary>
    Liaison,

    /// <summary>Keeps accounts and tokens.</summary>
    Administrator,
}

/// <summary>A local account. Immutable; every change is a new one under the same name.</summary>
public sealed record Account
{
    /// <summary>The name, unique regardless of case.</summary>
    public required string Name { get; init; }

    /// <summary>The hash of the password, with salt and parameters, as the framework's hasher writes it.</summary>
    public required string PasswordHash { get; init; }

    /// <summary>The roles; what they permit adds up.</summary>
    public required IReadOnlyList<AccountRole> Roles { get; init; }

    /// <summary>Changes with password, roles and blocking: sessions of another one are over.</summary>
    public required string Stamp { get; init; }

    /// <summary>True where nobody may log in with it.</summary>
    public bool IsBlocked { get; init; }

    /// <summary>Wrong passwords since the last right one.</summary>
    public int Failures { get; init; }

    /// <summary>Until when nobody may log in with it, by this machine's clock; null where it is open.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When somebody last logged in with it, or null.</summary>
    public DateTimeOffset? LastLogInAt { get; init; }

    /// <summary>True for an account of a demonstration.</summary>
    public bool IsDemonstration { get; init; }
}

/// <summary>What a program shows instead of a password. The secret itself is kept nowhere.</summary>
public sealed record ApiToken
{
    /// <summary>Its id: the part of the token that is no secret.</summary>
    public required string Id { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>The account it acts for; it may never do more than that.</summary>
    public required string Owner { get; init; }

    /// <summary>What it may do, by the names of permissions.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>SHA-256 of the secret, hexadecimal.</summary>
    public required string SecretHash { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when it can be used.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was revoked, or null.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>Keeps accounts and tokens beside alerts. Thread-safe.</summary>
public interface IAccountStore
{
    /// <summary>The account of that name, whatever its case, or null.</summary>
    Task<Account?> FindAccountAsync(string name, CancellationToken cancellation);

    /// <summary>All accounts by name.</summary>
    Task<IReadOnlyList<Account>> ListAccountsAsync(CancellationToken cancellation);

    /// <summary>The token of that id, or null.</summary>
    Task<ApiToken?> FindTokenAsync(string id, CancellationToken cancellation);

    /// <summary>The tokens of an account (null for all), the latest first.</summary>
    Task<IReadOnlyList<ApiToken>> ListTokensAsync(string? owner, CancellationToken cancellation);

    /// <summary>
    /// Changes the account of that name, and writes into the journal what was done, both or neither. The change is
    /// given
    /// what is stored at that moment (null for none) and returns what is to be stored, or null to remove it; what it
    /// throws
    /// undoes everything.
    /// </summary>
    Task<Account?> ChangeAccountAsync(
        string name, Func<Account?, (Account? Changed, JournalAct? Act)> change, CancellationToken cancellation);

    /// <summary>
    /// As the other one, where the change goes by all accounts too: that there is none yet, or still
    /// another administrator.
    /// </summary>
    Task<Account?> ChangeAccountAsync(
        string name, Func<Account?, IReadOnlyList<Account>, (Account? Changed, JournalAct? Act)> change,
        CancellationToken cancellation);

    /// <summary>Stores a token, and writes into the journal what was done.</summary>
    Task PutTokenAsync(ApiToken token, JournalAct act, CancellationToken cancellation);

    /// <summary>Writes into the journal what changes nothing stored: who tried to log in, who logged out.</summary>
    Task NoteAsync(JournalAct act, CancellationToken cancellation);
}

/// <summary>Alerts that changed, in the order of their changes: what a page that is open is kept current by.</summary>
/// <param name="Alerts">The alerts, each with the number of its latest change.</param>
/// <param name="Latest">The number to go on from.</param>
public sealed record ChangedAlerts(IReadOnlyList<(long Change, Alert Alert)> Alerts, long Latest);

/// <summary>Tells what changed. Thread-safe.</summary>
public interface IAlertChanges
{
    /// <summary>
    /// Alerts changed after a number, each once, the earliest change first. Changes of other processes on the same
    /// store
    /// are among them.
    /// </summary>
    Task<ChangedAlerts> ListChangesAsync(long after, int limit, CancellationToken cancellation);

    /// <summary>The number of the latest change: cheap, to be asked often.</summary>
    Task<long> LatestChangeAsync(CancellationToken cancellation);
}
