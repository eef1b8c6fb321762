using System.Globalization;
using Microsoft.Data.Sqlite;
using OtGuard.Alerting;

namespace OtGuard.Storage.Embedded;

/// <summary>
/// The database file: opening, migrating and checking it, one writer at a time, readers beside it. Thread-safe.
/// </summary>
internal sealed class EmbeddedDatabase : IAsyncDisposable
{
    /// <summary>"OtGd": tells this program's databases from others.</summary>
    private const int ApplicationId = 0x4F744764;

    /// <summary>How long another process may hold the writer's place before that is a fault.</summary>
    private const int BusyMilliseconds = 30_000;

    private const int SqliteFull = 13;
    private const int SqliteIoError = 10;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Sql _writer;
    private readonly Stack<Sql> _readers = new();
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly StoreRoom _room;
    private DateTimeOffset _roomSeen = DateTimeOffset.MinValue;
    private bool _wasRefused;
    private bool _disposed;

    private EmbeddedDatabase(EmbeddedStoreOptions options, TimeProvider clock, Sql writer, StoreRoom room) =>
        (Options, _clock, _writer, _room) = (options, clock, writer, room);

    public EmbeddedStoreOptions Options { get; }

    /// <summary>How far room has had to be made.</summary>
    public RoomStage Room => _room.Stage;

    /// <summary>The newest schema this program knows.</summary>
    public static int NewestSchema => Migrations().Count;

    /// <summary>Opens the database: checks its integrity, brings its schema up to date.</summary>
    /// <exception cref="StoreException">It is no store, damaged, newer than this program, or missing and not to be
    /// created.</exception>
    public static EmbeddedDatabase Open(EmbeddedStoreOptions options, TimeProvider clock)
    {
        var path = Path.GetFullPath(options.Path);
        if (Directory.Exists(path)) throw new StoreException($"'{options.Path}' is a folder, not a store.");
        if (!File.Exists(path) && !options.Create)
            throw new StoreException(
                $"There is no store '{options.Path}'. 'otguard detect … --store {options.Path}' makes one.");
        if (Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
            throw new StoreException($"The folder '{folder}' of the store does not exist.");
        var room = new StoreRoom(options);
        room.Prepare();
        Sql? sql = null;
        try
        {
            sql = new Sql(Connect(path, readOnly: false));
            var isNew = sql.Number("SELECT count(*) FROM sqlite_schema") == 0;
            if (isNew)
            {
                sql.Script("PRAGMA auto_vacuum = INCREMENTAL");
                sql.Script(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
            }
            else if (sql.Number("PRAGMA application_id") != ApplicationId)
            {
                throw new StoreException($"'{options.Path}' is a database of another program.");
            }

            sql.Script("PRAGMA journal_mode = WAL");
            Configure(sql);
            if (!isNew && options.CheckAtStart) RequireIntact(sql, options.Path);
            Migrate(sql, options.Path);
            return new EmbeddedDatabase(options, clock, sql, room);
        }
        catch (SqliteException fault)
        {
            sql?.Dispose();
            throw Explain(fault, options.Path);
        }
        catch
        {
            sql?.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the writer's place and begins a transaction.</summary>
    public async Task<Sql> BeginAsync(CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            EnsureRoom();
            _writer.Script("BEGIN IMMEDIATE");
            return _writer;
        }
        catch (SqliteException fault)
        {
            // Also where making room has found none.
            _wasRefused |= fault.SqliteErrorCode is SqliteFull or SqliteIoError;
            End(committed: false);
            throw Explain(fault, Options.Path);
        }
        catch
        {
            _writing.Release();
            throw;
        }
    }

    /// <summary>
    /// Commits what <see cref="BeginAsync"/> began. The writer's place is held until <see cref="End"/>.
    /// </summary>
    public void Commit() => Guard(() => _writer.Script("COMMIT"));

    /// <summary>Runs statements of a transaction; a disk that is full is told in the contract's words.</summary>
    public T Guard<T>(Func<T> statements)
    {
        try
        {
            return statements();
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode is SqliteFull or SqliteIoError)
        {
            _wasRefused = true;
            throw new StoreFullException($"The disk of the store '{Options.Path}' takes no more: {fault.Message}",
                fault);
        }
    }

    /// <summary>As <see cref="Guard{T}"/>, without a result.</summary>
    public void Guard(Action statements) => Guard(() =>
    {
        statements();
        return 0;
    });

    /// <summary>Gives the writer's place back; what is not committed is undone.</summary>
    public void End(bool committed)
    {
        try
        {
            // A statement that found the disk full has undone the transaction itself.
            if (!committed && !IsAutocommit()) _writer.Script("ROLLBACK");
        }
        catch (SqliteException)
        {
            _wasRefused = true;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Runs something in the writer's place, outside of a transaction.</summary>
    public async Task<T> WithWriterAsync<T>(Func<Sql, T> action, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return action(_writer);
        }
        catch (SqliteException fault)
        {
            throw Explain(fault, Options.Path);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Reads from what is committed.</summary>
    public T Read<T>(Func<Sql, T> read)
    {
        var sql = Rent();
        try
        {
            var result = read(sql);
            lock (_gate)
            {
                if (!_disposed)
                {
                    _readers.Push(sql);
                    sql = null;
                }
            }

            return result;
        }
        catch (SqliteException fault)
        {
            throw Explain(fault, Options.Path);
        }
        finally
        {
            sql?.Dispose();
        }
    }

    /// <summary>Copies what is committed at this moment to a file that is not there.</summary>
    /// <exception cref="StoreException">The file cannot be written.</exception>
    public void CopyTo(string path)
    {
        try
        {
            using var sql = new Sql(Connect(Path.GetFullPath(Options.Path), readOnly: true));
            sql.Execute("VACUUM INTO $1", path);
        }
        catch (SqliteException fault)
        {
            throw new StoreException($"The backup '{path}' cannot be written: {fault.Message}", fault);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            while (_readers.TryPop(out var reader)) reader.Dispose();
        }

        // After the transaction that is running.
        await _writing.WaitAsync();
        _writer.Dispose();
        _writing.Dispose();
    }

    /// <summary>Opens a connection of its own.</summary>
    public static SqliteConnection Connect(string path, bool readOnly)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            // Kept by this class, with their prepared statements.
            Pooling = false,
            DefaultTimeout = BusyMilliseconds / 1000,
        }.ToString());
        connection.Open();
        return connection;
    }

    private Sql Rent()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_readers.TryPop(out var free)) return free;
        }

        var sql = new Sql(Connect(Path.GetFullPath(Options.Path), readOnly: false));
        Configure(sql);
        sql.Script("PRAGMA query_only = ON");
        return sql;
    }

    private static void Configure(Sql sql)
    {
        sql.Script(string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {BusyMilliseconds}"));
        // The write-ahead log is flushed at each commit: what was committed survives a loss of power.
        sql.Script("PRAGMA synchronous = FULL");
        sql.Script("PRAGMA foreign_keys = ON");
        sql.Script("PRAGMA journal_size_limit = 4194304");
    }

    private void EnsureRoom()
    {
        // The size changes slowly by a disk's measure; asking costs as much as a small commit.
        var now = _clock.GetUtcNow();
        if (!_wasRefused && now - _roomSeen < TimeSpan.FromSeconds(1)) return;
        _roomSeen = now;
        var refused = _wasRefused;
        _wasRefused = false;
        _room.Ensure(_writer, refused);
    }

    private bool IsAutocommit() => SQLitePCL.raw.sqlite3_get_autocommit(_writer.Connection.Handle) != 0;

    private static void RequireIntact(Sql sql, string path)
    {
        var faults = sql.Rows("PRAGMA quick_check(3)", row => row.GetString(0));
        if (faults is ["ok"]) return;
        throw new StoreException(
            $"The store '{path}' is damaged: {string.Join("; ", faults)}. "
            + "Put back a backup ('otguard store backup' makes them), "
            + "or save what can be read with 'otguard store export'.");
    }

    private static void Migrate(Sql sql, string path)
    {
        var migrations = Migrations();
        var version = (int)sql.Number("PRAGMA user_version");
        if (version > migrations.Count)
            throw new StoreException(
                string.Create(CultureInfo.InvariantCulture,
                    $"The store '{path}' was written by a newer program: its schema is {version}, this one knows "
                    + $"{migrations.Count}."));
        for (; version < migrations.Count; version++)
        {
            sql.Script("BEGIN IMMEDIATE");
            sql.Script(migrations[version]);
            sql.Script(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version + 1}"));
            sql.Script("COMMIT");
        }
    }

    private static List<string> Migrations()
    {
        var assembly = typeof(EmbeddedDatabase).Assembly;
        var scripts = new List<string>();
        foreach (var name in assembly.GetManifestResourceNames()
            .Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            scripts.Add(reader.ReadToEnd());
        }

        return scripts;
    }

    private static Exception Explain(SqliteException fault, string path) => fault.SqliteErrorCode switch
    {
        5 or 6 => new StoreException($"The store '{path}' is in use by another program that does not let go.", fault),
        8 => new StoreException($"The store '{path}' cannot be written: {fault.Message}", fault),
        SqliteFull => new StoreFullException($"The disk of the store '{path}' is full.", fault),
        11 or 26 => new StoreException($"'{path}' is no store, or a damaged one: {fault.Message}", fault),
        14 => new StoreException($"The store '{path}' cannot be opened: {fault.Message}", fault),
        _ => new StoreException($"The store '{path}': {fault.Message}", fault),
    };
}
