using System.Globalization;
using Microsoft.Data.Sqlite;
using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Storage.Embedded;

/// <summary>A transaction of the embedded store.</summary>
internal sealed class EmbeddedTransaction(EmbeddedDatabase database, Sql sql, Action<bool> onEnd) : IAlertTransaction
{
    /// <summary>Around a point's time it is looked for a free nanosecond this far at a time.</summary>
    private const long PlaceStep = 1_000_000;

    /// <summary>Alerts in their latest state: their points are kept once, however often they changed.</summary>
    private readonly Dictionary<string, Alert> _changed = new(StringComparer.Ordinal);

    private bool _committed;
    private bool _queued;
    private bool _ended;

    public Task<StoredDeviation?> FindDeviationAsync(string id, CancellationToken cancellation) => Run(() =>
        sql.Row("SELECT body, alert, trail, sequence FROM deviation WHERE id = $1", EmbeddedStore.ReadDeviation, id));

    public Task<StoredAs> PutDeviationAsync(
        DeviationRecord deviation, string? alert, string trail, DateTimeOffset receivedAt,
            CancellationToken cancellation) => Run(() =>
    {
        var body = AlertingJson.Write(deviation);
        var there = sql.Row(
            "SELECT revision, point_time, asset_tag FROM deviation WHERE id = $1",
            row => new StoredAs(row.GetInt64(0), new PointPlace(new CaptureTime(row.GetInt64(1)), Text(row, 2))),
            deviation.Id);
        if (there is not null)
        {
            var next = there with { Revision = there.Revision + 1 };
            sql.Execute(
                "UPDATE deviation SET severity = $2, first_time = $3, last_time = $4, received_at = $5, revision = $6, "
                + "alert = $7, trail = $8, "
                + "body = $9 WHERE id = $1",
                deviation.Id, deviation.Severity, deviation.FirstSeen.UnixNanoseconds,
                    deviation.LastSeen.UnixNanoseconds,
                receivedAt.UtcTicks, next.Revision, alert, trail, body);
            PutPoints(RecordPoints.Of(deviation, next.Place));
            return next;
        }

        var asset = AssetTag(deviation.Asset);
        var series = string.Join(
            '\n', deviation.Site, deviation.Zone, deviation.Sensor, deviation.Protocol, deviation.Kind, asset);
        var place = new PointPlace(FreePlace("deviation", series, deviation.FirstSeen), asset);
        sql.Execute(
            "INSERT INTO deviation (id, kind, actor, severity, first_time, last_time, received_at, revision, alert, "
            + "trail, series, point_time, "
            + "asset_tag, body) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12, $13)",
            deviation.Id, deviation.Kind, deviation.Actor, deviation.Severity, deviation.FirstSeen.UnixNanoseconds,
            deviation.LastSeen.UnixNanoseconds, receivedAt.UtcTicks, alert, trail, series, place.Time.UnixNanoseconds,
                asset, body);
        PutPoints(RecordPoints.Of(deviation, place));
        return new StoredAs(1, place);
    });

    public Task<Alert?> GetAlertAsync(string id, CancellationToken cancellation) => Run(() =>
        sql.Row("SELECT body, number FROM alert WHERE id = $1", EmbeddedStore.ReadAlert, id));

    public Task<Alert?> FindLatestAsync(string fingerprint, CancellationToken cancellation) => Run(() => sql.Row(
        "SELECT body, number FROM alert WHERE fingerprint = $1 ORDER BY number DESC LIMIT 1", EmbeddedStore.ReadAlert,
            fingerprint));

    public Task<Alert?> FindCauseAsync(
        IReadOnlyCollection<string> kinds, string? actor, string? asset, CaptureTime time, TimeSpan window,
            CancellationToken cancellation) =>
        Run(() =>
        {
            // By the index of whoever is given: nearly always there is no such alert.
            var by = actor is not null ? "actor = $1" : "asset = $1";
            return sql.Row(
                $"SELECT body, number FROM alert WHERE {by} AND last_time >= $2 AND first_time <= $3 AND state <> 2 "
                + "AND ($4 IS NULL OR asset = $4) "
                + "AND instr($5, ' ' || kind || ' ') > 0 ORDER BY last_time DESC LIMIT 1",
                EmbeddedStore.ReadAlert, actor ?? asset, (time + -window).UnixNanoseconds, (time + window)
                    .UnixNanoseconds, asset,
                $" {string.Join(' ', kinds)} ");
        });

    public Task<IReadOnlyList<Alert>> FindRelatedAsync(
        IReadOnlyCollection<string> addresses, CaptureTime time, TimeSpan window, int limit,
            CancellationToken cancellation) =>
        Run<IReadOnlyList<Alert>>(() =>
        {
            var (from, until) = ((time + -window).UnixNanoseconds, (time + window).UnixNanoseconds);
            var found = new Dictionary<string, Alert>(StringComparer.Ordinal);
            foreach (var address in addresses)
            {
                // By each index in turn: an OR over two columns would read the whole table.
                foreach (var column in (ReadOnlySpan<string>)["actor", "asset"])
                {
                    var rows = sql.Rows(
                        $"SELECT body, number FROM alert WHERE {column} = $1 AND last_time BETWEEN $2 AND $3 ORDER BY "
                        + "last_time DESC LIMIT $4",
                        EmbeddedStore.ReadAlert, address, from, until, limit);
                    foreach (var alert in rows) found[alert.Id] = alert;
                }
            }

            return [.. found.Values.OrderByDescending(alert => alert.LastSeen).ThenByDescending(alert => alert.Number)
                .Take(limit)];
        });

    public Task<bool> IsUnseenAsync(string kind, string? actor, CancellationToken cancellation) => Run(() =>
        sql.Scalar("SELECT 1 FROM deviation WHERE kind = $1 LIMIT 1", kind) is null
        && (actor is null || sql.Scalar("SELECT 1 FROM deviation WHERE actor = $1 LIMIT 1", actor) is null));

    public Task<Alert> PutAlertAsync(Alert alert, CancellationToken cancellation) => Run(() =>
    {
        if (alert.Number != 0)
        {
            sql.Execute(
                "UPDATE alert SET state = $2, severity = $3, first_time = $4, last_time = $5, last_received_at = $6, "
                + "muted_until_at = $7, "
                + "incident = $8, body = $9 WHERE id = $1",
                alert.Id, (long)alert.State, alert.Severity, alert.FirstSeen.UnixNanoseconds,
                    alert.LastSeen.UnixNanoseconds,
                alert.LastReceivedAt.UtcTicks, alert.MutedUntil?.UtcTicks, alert.Incident, AlertingJson.Write(alert));
            _changed[alert.Id] = alert;
            return alert;
        }

        var asset = AssetTag(alert.Asset);
        var series = $"{alert.Site}\n{alert.Zone}\n{alert.Kind}\n{asset}";
        var placed = alert with { Place = new PointPlace(FreePlace("alert", series, alert.FirstSeen), asset) };
        sql.Execute(
            "INSERT INTO alert (id, fingerprint, kind, actor, asset, state, severity, first_time, last_time, "
            + "last_received_at, muted_until_at, "
            + "incident, series, point_time, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
            + "$14, '')",
            alert.Id, alert.Fingerprint, alert.Kind, alert.Actor, alert.Asset, (long)alert.State, alert.Severity,
            alert.FirstSeen.UnixNanoseconds, alert.LastSeen.UnixNanoseconds, alert.LastReceivedAt.UtcTicks,
                alert.MutedUntil?.UtcTicks,
            alert.Incident, series, placed.Place.Time.UnixNanoseconds);
        placed = placed with { Number = sql.Number("SELECT last_insert_rowid()") };
        sql.Execute("UPDATE alert SET body = $2 WHERE id = $1", alert.Id, AlertingJson.Write(placed));
        _changed[alert.Id] = placed;
        return placed;
    });

    public Task<IReadOnlyList<Alert>> FindDueAsync(
        DateTimeOffset silentSince, DateTimeOffset now, int limit, CancellationToken cancellation) =>
            Run<IReadOnlyList<Alert>>(() =>
    {
        var silent = sql.Rows(
            "SELECT body, number FROM alert WHERE state <> 2 AND last_received_at <= $1 ORDER BY last_received_at "
            + "LIMIT $2",
            EmbeddedStore.ReadAlert, silentSince.UtcTicks, limit);
        var over = sql.Rows(
            "SELECT body, number FROM alert WHERE state = 3 AND muted_until_at <= $1 AND last_received_at > $2 LIMIT "
            + "$3",
            EmbeddedStore.ReadAlert, now.UtcTicks, silentSince.UtcTicks, limit);
        return [.. silent.Concat(over).Take(limit)];
    });

    public Task<(int Within, int Exempt)> CountAnnunciationsAsync(
        string console, CaptureTime from, CaptureTime until, CancellationToken cancellation) => Run(() => sql.Row(
            "SELECT count(*) FILTER (WHERE exempt = 0), count(*) FILTER (WHERE exempt = 1) FROM annunciation "
            + "WHERE console = $1 AND time > $2 AND time <= $3",
            row => (row.GetInt32(0), row.GetInt32(1)),
            console, from.UnixNanoseconds, until.UnixNanoseconds));

    public Task AnnunciateAsync(string console, CaptureTime time, bool exempt, CancellationToken cancellation) =>
        Run(() =>
        sql.Execute("INSERT INTO annunciation (console, time, exempt) VALUES ($1, $2, $3)", console,
            time.UnixNanoseconds, exempt ? 1 : 0));

    public Task<MaintenanceWindow?> HoldForMaintenanceAsync(DeviationRecord deviation,
        CancellationToken cancellation) => Run(() =>
    {
        var windows = sql.Rows(
            "SELECT body, held FROM maintenance_window WHERE until_time > $1 AND from_time <= $1 ORDER BY id",
            EmbeddedStore.ReadWindow, deviation.FirstSeen.UnixNanoseconds);
        var covering = windows.Find(window => window.Covers(deviation));
        if (covering is not null) sql.Execute("UPDATE maintenance_window SET held = held + 1 WHERE id = $1",
            covering.Id);
        return covering;
    });

    public Task PutWindowAsync(MaintenanceWindow window, CancellationToken cancellation) => Run(() => sql.Execute(
        "INSERT INTO maintenance_window (id, from_time, until_time, held, body) VALUES ($1, $2, $3, 0, $4) "
        + "ON CONFLICT (id) DO UPDATE SET from_time = $2, until_time = $3, body = $4",
        window.Id, window.From.UnixNanoseconds, window.Until.UnixNanoseconds, AlertingJson.Write(window)));

    public Task<MaintenanceWindow?> GetWindowAsync(string id, CancellationToken cancellation) => Run(() =>
        sql.Row("SELECT body, held FROM maintenance_window WHERE id LIKE $1 || '%' ORDER BY id LIMIT 1",
            EmbeddedStore.ReadWindow, id));

    public Task<BaselineProposal?> FindApprovedAsync(string fingerprint, string? baseline,
        CancellationToken cancellation) => Run(() => sql.Row(
        "SELECT body, number FROM proposal WHERE fingerprint = $1 AND state = 1 AND baseline IS $2 LIMIT 1",
        EmbeddedStore.ReadProposal, fingerprint, baseline));

    public Task<BaselineProposal?> FindProposalAsync(string idOrNumber, CancellationToken cancellation) =>
        Run(() => sql.Row(
        "SELECT body, number FROM proposal WHERE id = $1 OR number = $2", EmbeddedStore.ReadProposal, idOrNumber,
            EmbeddedStore.NumberOf(idOrNumber)));

    public Task<BaselineProposal> PutProposalAsync(BaselineProposal proposal, CancellationToken cancellation) =>
        Run(() =>
    {
        sql.Execute(
            "INSERT INTO proposal (id, fingerprint, baseline, state, body) VALUES ($1, $2, $3, $4, $5) "
            + "ON CONFLICT (id) DO UPDATE SET state = $4, body = $5",
            proposal.Id, proposal.Fingerprint, proposal.Baseline, (long)proposal.State, AlertingJson.Write(proposal));
        return sql.Row("SELECT body, number FROM proposal WHERE id = $1", EmbeddedStore.ReadProposal, proposal.Id)!;
    });

    public Task PutRoutesAsync(IReadOnlyList<Route> routes, CancellationToken cancellation) => Run(() =>
    {
        sql.Execute("DELETE FROM route");
        for (var i = 0; i < routes.Count; i++)
            sql.Execute("INSERT INTO route (position, body) VALUES ($1, $2)", (long)i, AlertingJson.Write(routes[i]));
        return routes.Count;
    });

    public Task<Incident?> GetIncidentAsync(string id, CancellationToken cancellation) => Run(() =>
        sql.Row("SELECT body, number FROM incident WHERE id = $1", EmbeddedStore.ReadIncident, id));

    public Task<Incident> PutIncidentAsync(Incident incident, CancellationToken cancellation) => Run(() =>
    {
        sql.Execute(
            "INSERT INTO incident (id, state, last_time, body) VALUES ($1, $2, $3, $4) "
            + "ON CONFLICT (id) DO UPDATE SET state = $2, last_time = $3, body = $4",
            incident.Id, (long)incident.State, incident.LastSeen.UnixNanoseconds, AlertingJson.Write(incident));
        return sql.Row("SELECT body, number FROM incident WHERE id = $1", EmbeddedStore.ReadIncident, incident.Id)!;
    });

    public Task AppendJournalAsync(JournalAct act, CancellationToken cancellation) => Run(() =>
    {
        var chain = database.Options.Writer;
        var last = sql.Row(
            $"SELECT {EmbeddedStore.JournalColumns} FROM journal WHERE chain = $1 ORDER BY sequence DESC LIMIT 1",
                EmbeddedStore.ReadJournal, chain);
        var entry = JournalEntry.Next(chain, last, act);
        return sql.Execute(
            $"INSERT INTO journal ({EmbeddedStore.JournalColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            entry.Chain, entry.Sequence, act.At.UtcTicks, act.Author.Who, act.Author.Why, act.Verb.ToString(),
                act.Subject, act.Detail,
            entry.Previous, entry.Hash);
    });

    public Task EnqueueAsync(OutboxMessage message, IReadOnlyCollection<string> destinations,
        CancellationToken cancellation) => Run(() =>
    {
        sql.Execute(
            "INSERT INTO message (id, content, reason, queued_at, point_time, asset_tag, body) VALUES ($1, $2, $3, $4, "
            + "$5, $6, $7)",
            message.Id, (long)message.Content, message.Reason, message.QueuedAt.UtcTicks,
                message.Place?.Time.UnixNanoseconds,
            message.Place?.Asset, message.Body);
        var sequence = sql.Number("SELECT last_insert_rowid()");
        foreach (var destination in destinations)
        {
            sql.Execute("INSERT INTO destination (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", destination);
            sql.Execute("INSERT INTO delivery (destination, sequence) VALUES ($1, $2)", destination, sequence);
        }

        _queued = true;
        return 0;
    });

    public Task CommitAsync(CancellationToken cancellation)
    {
        database.Guard(() =>
        {
            foreach (var alert in _changed.Values) PutPoints(RecordPoints.Of(alert, alert.Place!));
        });
        database.Commit();
        _committed = true;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        if (_ended) return ValueTask.CompletedTask;
        _ended = true;
        database.End(_committed);
        onEnd(_committed && _queued);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs statements of tables beside those of the contract.</summary>
    public T WithSql<T>(Func<Sql, T> statements)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        return database.Guard(() => statements(sql));
    }

    /// <summary>Points with the number of assets that are tags bounded.</summary>
    public IReadOnlyList<SeriesPoint> Bounded(IReadOnlyList<SeriesPoint> points, int most) => database.Guard(() =>
    {
        foreach (var point in points) EmbeddedSeries.RequireAllowed(point);
        return points.Select(point => EmbeddedSeries.Bounded(sql, point, most)).ToList();
    });

    /// <summary>Keeps points; within the transaction, so that they are there if and only if the record is.</summary>
    private void PutPoints(SeriesPoint point)
    {
        if (database.Options.RecordsAsSeries && database.Room == RoomStage.Ample) EmbeddedSeries.Put(sql, point);
    }

    /// <summary>The tag of an asset: its address while there are few enough of them.</summary>
    private string? AssetTag(string? asset) => EmbeddedSeries.AssetTag(sql, asset, database.Options.AssetTags);

    private CaptureTime FreePlace(string table, string series, CaptureTime time)
    {
        var place = time.UnixNanoseconds;
        while (sql.Scalar($"SELECT 1 FROM {table} WHERE series = $1 AND point_time = $2", series, place) is not null)
            place = sql.Number(
                $"SELECT max(point_time) FROM {table} WHERE series = $1 AND point_time >= $2 AND point_time < $3",
                    series, place, place + PlaceStep) + 1;
        return new CaptureTime(place);
    }

    private Task<T> Run<T>(Func<T> statements)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        try
        {
            return Task.FromResult(database.Guard(statements));
        }
        catch (SqliteException fault)
        {
            throw new StoreException(string.Create(CultureInfo.InvariantCulture,
                $"The store refused a statement ({fault.SqliteErrorCode}): {fault.Message}"), fault);
        }
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null
        : row.GetString(column);
}
