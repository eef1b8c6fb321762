using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using OtGuard.Alerting;

namespace OtGuard.Storage.Embedded;

/// <summary>
/// The system of record: SQLite in one file, with a write-ahead log. What is committed survives a crash of the process
/// and of the machine. Several processes may use it; each has its own chain in the journal. Thread-safe.
/// </summary>
public sealed class EmbeddedStore : IAlertStore, IAlertChanges
{
    internal const string JournalColumns = "chain, sequence, at, who, why, verb, subject, detail, previous, hash";

    /// <summary>What a person types of an id at least.</summary>
    private const int ShortestId = 8;

    private readonly EmbeddedDatabase _database;
    private readonly EmbeddedOutbox _outbox;
    private readonly TimeProvider _clock;

    private EmbeddedStore(EmbeddedDatabase database, TimeProvider clock)
    {
        _database = database;
        _clock = clock;
        _outbox = new EmbeddedOutbox(database, clock);
        Series = new EmbeddedSeries(database);
        Cases = new EmbeddedCases(database);
        Accounts = new EmbeddedAccounts(this, database);
        Acts = new EmbeddedActs(database);
    }

    /// <summary>The queue of what is to be sent.</summary>
    public IOutbox Outbox => _outbox;

    /// <summary>Points of series, where no series store is configured.</summary>
    public EmbeddedSeries Series { get; }

    /// <summary>Cases on their way to partners.</summary>
    public ICaseStore Cases { get; }

    /// <summary>Writes, diagnostic exchanges and messages of buses, the latest of each source.</summary>
    public IActStore Acts { get; }

    /// <summary>Accounts and tokens.</summary>
    public EmbeddedAccounts Accounts { get; }

    /// <summary>How far room has had to be made.</summary>
    public RoomStage Room => _database.Room;

    /// <summary>Opens a store: checks its integrity, brings its schema up to date.</summary>
    /// <exception cref="StoreException">It is no store, damaged, newer than this program, or missing and not to be
    /// created.</exception>
    public static EmbeddedStore Open(EmbeddedStoreOptions options, TimeProvider clock) =>
        new(EmbeddedDatabase.Open(options, clock), clock);

    /// <inheritdoc/>
    public async Task<IAlertTransaction> BeginAsync(CancellationToken cancellation)
    {
        var sql = await _database.BeginAsync(cancellation);
        return new EmbeddedTransaction(_database, sql, queued =>
        {
            if (queued) _outbox.Signal();
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Alert>> ListAlertsAsync(AlertQuery query, CancellationToken cancellation)
    {
        var where = new StringBuilder("severity >= $1");
        var values = new List<object?> { query.MinimumSeverity };
        if (query.States.Count > 0)
            where.Append(CultureInfo.InvariantCulture,
                $" AND state IN ({string.Join(", ", query.States.Select(state => (int)state).Order())})");
        Add("kind = {0}", query.Kind);
        Add("(actor = {0} OR asset = {0})", query.Address);
        Add("incident = {0}", query.Incident);
        Add("last_time >= {0}", query.Since?.UnixNanoseconds);
        Add("first_time < {0}", query.Until?.UnixNanoseconds);
        values.Add(query.Limit);
        var text = $"SELECT body, number FROM alert WHERE {where} ORDER BY severity DESC, last_time DESC, number LIMIT "
            + $"${values.Count}";
        return Task.FromResult<IReadOnlyList<Alert>>(_database.Read(sql => sql.Rows(text, ReadAlert, [.. values])));

        void Add(string condition, object? value)
        {
            if (value is null) return;
            values.Add(value);
            where.Append(" AND ").Append(condition.Replace("{0}",
                string.Create(CultureInfo.InvariantCulture, $"${values.Count}"), StringComparison.Ordinal));
        }
    }

    /// <inheritdoc/>
    public Task<Alert?> FindAlertAsync(string idOrNumber, CancellationToken cancellation) =>
        Task.FromResult(_database.Read(sql => Find(sql, "alert", idOrNumber, ReadAlert)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredDeviation>> ListDeviationsAsync(
        string? alert, long afterSequence, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<StoredDeviation>>(_database.Read(sql => alert is null
            ? sql.Rows(
                "SELECT body, alert, trail, sequence FROM deviation WHERE sequence > $1 ORDER BY sequence LIMIT $2",
                ReadDeviation, afterSequence, limit)
            : sql.Rows(
                "SELECT body, alert, trail, sequence FROM deviation WHERE alert = $1 AND sequence > $2 ORDER BY "
                + "sequence LIMIT $3",
                ReadDeviation, alert, afterSequence, limit)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Incident>> ListIncidentsAsync(bool openOnly, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Incident>>(_database.Read(sql => sql.Rows(
            "SELECT body, number FROM incident WHERE ($1 = 0 OR state = 0) ORDER BY last_time DESC, number DESC LIMIT "
            + "$2",
            ReadIncident, openOnly ? 1 : 0, limit)));

    /// <inheritdoc/>
    public Task<Incident?> FindIncidentAsync(string idOrNumber, CancellationToken cancellation) =>
        Task.FromResult(_database.Read(sql => Find(sql, "incident", idOrNumber, ReadIncident)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<BaselineProposal>> ListProposalsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<BaselineProposal>>(
            _database.Read(sql => sql.Rows("SELECT body, number FROM proposal ORDER BY number DESC", ReadProposal)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<MaintenanceWindow>> ListWindowsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<MaintenanceWindow>>(
            _database.Read(sql =>
                sql.Rows("SELECT body, held FROM maintenance_window ORDER BY from_time DESC, id", ReadWindow)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<Route>> ListRoutesAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Route>>(_database.Read(sql => sql.Rows(
            "SELECT body FROM route ORDER BY position", row => AlertingJson.Read<Route>(row.GetString(0)))));

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalEntry>> ListJournalAsync(string? subject, int limit,
        CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<JournalEntry>>(_database.Read(sql => sql.Rows(
            $"SELECT * FROM (SELECT {JournalColumns} FROM journal WHERE $1 IS NULL OR subject = $1 ORDER BY at DESC, "
            + "sequence DESC LIMIT $2) ORDER BY at, chain, sequence",
            ReadJournal, subject, limit)));

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalCheck>> CheckJournalAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<JournalCheck>>(_database.Read(sql =>
        {
            var checks = new List<JournalCheck>();
            foreach (
                var chain in sql.Rows("SELECT DISTINCT chain FROM journal ORDER BY chain", row => row.GetString(0)))
            {
                JournalEntry? last = null;
                long? broken = null;
                // Entry by entry: a journal is as long as the store is old.
                for (var after = 0L; ;)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var entries = sql.Rows(
                        $"SELECT {JournalColumns} FROM journal WHERE chain = $1 AND sequence > $2 ORDER BY sequence "
                        + "LIMIT 1000", ReadJournal, chain, after);
                    foreach (var entry in entries)
                    {
                        var follows = entry.Sequence == (last?.Sequence ?? 0) + 1
                            && entry.Previous == (last?.Hash ?? JournalEntry.Nothing);
                        if (broken is null && !(follows && entry.IsIntact)) broken = entry.Sequence;
                        last = entry;
                    }

                    if (entries.Count == 0) break;
                    after = entries[^1].Sequence;
                }

                checks.Add(new JournalCheck(chain, last?.Sequence ?? 0, last?.Hash ?? JournalEntry.Nothing, broken));
            }

            return checks;
        }));

    /// <inheritdoc/>
    public Task<ChangedAlerts> ListChangesAsync(long after, int limit, CancellationToken cancellation)
    {
        var changed = _database.Read(sql => sql.Rows(
            "SELECT body, number, change FROM alert WHERE change > $1 ORDER BY change LIMIT $2",
            row => (Change: row.GetInt64(2), Alert: ReadAlert(row)), after, limit));
        return Task.FromResult(new ChangedAlerts(changed, changed.Count == 0 ? after : changed[^1].Change));
    }

    /// <inheritdoc/>
    public Task<long> LatestChangeAsync(CancellationToken cancellation) => Task.FromResult(
        _database.Read(sql => sql.Number("SELECT value FROM counter WHERE name = 'alert-changes'")));

    /// <summary>How much of everything there is.</summary>
    public Task<StoreFigures> FiguresAsync(CancellationToken cancellation) =>
        Task.FromResult(_database.Read(sql => new StoreFigures
        {
            Deviations = sql.Number("SELECT count(*) FROM deviation"),
            Alerts = sql.Number("SELECT count(*) FROM alert"),
            OpenAlerts = sql.Number("SELECT count(*) FROM alert WHERE state <> 2"),
            Incidents = sql.Number("SELECT count(*) FROM incident"),
            JournalEntries = sql.Number("SELECT count(*) FROM journal"),
            Points = sql.Number("SELECT count(*) FROM point"),
            Waiting = sql.Number("SELECT count(*) FROM delivery"),
            DeadLetters = sql.Number("SELECT count(*) FROM dead_letter"),
            UsedBytes = StoreRoom.UsedBytes(sql),
            FileBytes = sql.Number("PRAGMA page_count") * sql.Number("PRAGMA page_size"),
            Schema = (int)sql.Number("PRAGMA user_version"),
            Counters = sql.Rows("SELECT name, value FROM counter ORDER BY name", row => (row.GetString(0), row.GetInt64(1)))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.Ordinal),
        }));

    /// <summary>Copies the store as it is at this moment to another file, while it is being written.</summary>
    /// <exception cref="StoreException">The file is there already, or cannot be written.</exception>
    public Task BackUpAsync(string path, CancellationToken cancellation)
    {
        if (File.Exists(path)) throw new StoreException($"'{path}' is there already; a backup overwrites nothing.");
        // On a connection of its own, so that writing goes on. VACUUM INTO reads one snapshot: a copy page by page
        // would begin
        // anew with every commit.
        return Task.Run(() => _database.CopyTo(Path.GetFullPath(path)), cancellation);
    }

    /// <summary>Checks every page, index and reference of the store, and every chain of its journal.</summary>
    public async Task<StoreCheck> CheckAsync(CancellationToken cancellation)
    {
        var faults = _database.Read(sql => sql.Rows("PRAGMA integrity_check(20)", row => row.GetString(0)));
        var references = _database.Read(sql => sql.Rows("PRAGMA foreign_key_check", row =>
            $"{row.GetString(0)} refers to a {row.GetString(2)} that is missing"));
        return new StoreCheck(
            [.. faults.Where(fault => fault != "ok"), .. references], await CheckJournalAsync(cancellation));
    }

    /// <summary>Removes what is past its age, and gives free room back to the disk.</summary>
    public async Task<RetentionResult> CompactAsync(CancellationToken cancellation)
    {
        var result = await RemoveExpiredAsync(cancellation);
        await _database.WithWriterAsync(
            sql =>
            {
                StoreRoom.GiveBack(sql);
                sql.Script("PRAGMA optimize");
                return 0;
            },
            cancellation);
        return result;
    }

    /// <summary>Removes what is past its age. Open alerts and what they hold stay; so does the journal.</summary>
    public async Task<RetentionResult> RemoveExpiredAsync(CancellationToken cancellation)
    {
        const int atOnce = 5000;
        var now = _clock.GetUtcNow();
        var records = (now - _database.Options.AlertAge).UtcTicks;
        var points = NanosecondsOf(now - _database.Options.SeriesAge);
        var result = new RetentionResult(
            await RemoveAsync(
                "DELETE FROM point WHERE (series, time) IN (SELECT series, time FROM point WHERE time < $1 LIMIT $2)",
                    points),
            await RemoveAsync(
                "DELETE FROM deviation WHERE sequence IN (SELECT d.sequence FROM deviation d LEFT JOIN alert a ON a.id "
                + "= d.alert "
                + "WHERE d.received_at < $1 AND (a.id IS NULL OR a.state = 2) LIMIT $2)", records),
            await RemoveAsync(
                "DELETE FROM alert WHERE number IN (SELECT number FROM alert WHERE state = 2 AND last_received_at < $1 "
                + "AND NOT EXISTS (SELECT 1 FROM deviation WHERE deviation.alert = alert.id) LIMIT $2)", records));
        await RemoveAsync(
            "DELETE FROM annunciation WHERE rowid IN (SELECT rowid FROM annunciation WHERE time < $1 LIMIT $2)",
                points);
        await RemoveAsync(
            "DELETE FROM act WHERE (source, kind, key) IN (SELECT source, kind, key FROM act WHERE time < $1 LIMIT $2)", points);
        if (result is { Points: 0, Deviations: 0, Alerts: 0 }) return result;
        await using var transaction = await BeginAsync(cancellation);
        await transaction.AppendJournalAsync(
            new JournalAct(
                now, AlertPipeline.Service with { Why = "past their age" }, JournalVerb.Expire, "store",
                string.Create(CultureInfo.InvariantCulture,
                    $"{result.Points} points, {result.Deviations} deviations, {result.Alerts} alerts")),
            cancellation);
        await transaction.CommitAsync(cancellation);
        return result;

        async Task<long> RemoveAsync(string delete, long before)
        {
            var all = 0L;
            while (true)
            {
                // A transaction at a time: others come in between.
                var removed = await _database.WithWriterAsync(sql => sql.Execute(delete, before, atOnce), cancellation);
                all += removed;
                if (removed < atOnce) return all;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>Counts points that found no room.</summary>
    internal Task CountRefusedAsync(long points, CancellationToken cancellation) => _database.WithWriterAsync(
        sql =>
        {
            StoreRoom.Count(sql, "points-refused", points);
            return 0;
        },
        cancellation);

    /// <summary>Points with the number of assets that are tags bounded; within a transaction of this store.</summary>
    internal IReadOnlyList<SeriesPoint> Bounded(IReadOnlyList<SeriesPoint> points, IAlertTransaction transaction) =>
        ((EmbeddedTransaction)transaction).Bounded(points, _database.Options.AssetTags);

    internal static long NanosecondsOf(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;

    internal static long NumberOf(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    internal static Alert ReadAlert(SqliteDataReader row) =>
        AlertingJson.Read<Alert>(row.GetString(0)) with { Number = row.GetInt64(1) };

    internal static Incident ReadIncident(SqliteDataReader row) =>
        AlertingJson.Read<Incident>(row.GetString(0)) with { Number = row.GetInt64(1) };

    internal static BaselineProposal ReadProposal(SqliteDataReader row) =>
        AlertingJson.Read<BaselineProposal>(row.GetString(0)) with { Number = row.GetInt64(1) };

    internal static MaintenanceWindow ReadWindow(SqliteDataReader row) =>
        AlertingJson.Read<MaintenanceWindow>(row.GetString(0)) with { Held = row.GetInt64(1) };

    internal static StoredDeviation ReadDeviation(SqliteDataReader row) => new(
        AlertingJson.Read<DeviationRecord>(row.GetString(0)), row.IsDBNull(1) ? null : row.GetString(1),
            row.GetString(2), row.GetInt64(3));

    internal static JournalEntry ReadJournal(SqliteDataReader row) => new(
        row.GetString(0), row.GetInt64(1),
        new JournalAct(
            new DateTimeOffset(row.GetInt64(2), TimeSpan.Zero), new Author(row.GetString(3), row.GetString(4)),
            Enum.Parse<JournalVerb>(row.GetString(5)), row.GetString(6), row.GetString(7)),
        row.GetString(8), row.GetString(9));

    internal static T? Find<T>(Sql sql, string table, string idOrNumber, Func<SqliteDataReader, T> read)
        where T : class =>
        sql.Row($"SELECT body, number FROM {table} WHERE number = $1", read, NumberOf(idOrNumber))
        ?? (idOrNumber.Length >= ShortestId && idOrNumber.All(char.IsAsciiHexDigit)
            ? sql.Row($"SELECT body, number FROM {table} WHERE id LIKE $1 || '%' LIMIT 1", read, idOrNumber)
            : null);
}

/// <summary>How much of everything a store holds.</summary>
public sealed record StoreFigures
{
    /// <summary>Deviations.</summary>
    public long Deviations { get; init; }

    /// <summary>Alerts.</summary>
    public long Alerts { get; init; }

    /// <summary>Alerts that are not closed.</summary>
    public long OpenAlerts { get; init; }

    /// <summary>Incidents.</summary>
    public long Incidents { get; init; }

    /// <summary>Entries of the journal.</summary>
    public long JournalEntries { get; init; }

    /// <summary>Points of series.</summary>
    public long Points { get; init; }

    /// <summary>Deliveries that wait.</summary>
    public long Waiting { get; init; }

    /// <summary>Messages refused for good.</summary>
    public long DeadLetters { get; init; }

    /// <summary>Bytes its contents take.</summary>
    public long UsedBytes { get; init; }

    /// <summary>Bytes of the file, free pages included.</summary>
    public long FileBytes { get; init; }

    /// <summary>The schema's version.</summary>
    public int Schema { get; init; }

    /// <summary>What was refused or removed for want of room, by name.</summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = new Dictionary<string, long>();
}

/// <summary>What a check of a store found.</summary>
/// <param name="Faults">Faults of pages, indexes and references; empty for none.</param>
/// <param name="Journal">The chains of the journal.</param>
public sealed record StoreCheck(IReadOnlyList<string> Faults, IReadOnlyList<JournalCheck> Journal)
{
    /// <summary>True where nothing is wrong.</summary>
    public bool IsSound => Faults.Count == 0 && Journal.All(chain => chain.BrokenAt is null);
}

/// <summary>What was removed by age.</summary>
/// <param name="Points">Points of series.</param>
/// <param name="Deviations">Deviations.</param>
/// <param name="Alerts">Closed alerts.</param>
public sealed record RetentionResult(long Points, long Deviations, long Alerts);
