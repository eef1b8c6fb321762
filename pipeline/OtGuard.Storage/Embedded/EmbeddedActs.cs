using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Storage.Embedded;

/// <summary>Acts in the embedded store. Thread-safe.</summary>
internal sealed class EmbeddedActs(EmbeddedDatabase database) : IActStore
{
    public async Task<bool> PutAsync(IReadOnlyList<KeptAct> acts, CancellationToken cancellation)
    {
        if (acts.Count == 0) return true;
        var sql = await database.BeginAsync(cancellation);
        var committed = false;
        try
        {
            var room = database.Room == RoomStage.Ample;
            database.Guard(() =>
            {
                if (!room)
                {
                    StoreRoom.Count(sql, "acts-refused", acts.Count);
                    return;
                }

                foreach (var act in acts)
                    sql.Execute(
                        "INSERT INTO act (source, kind, key, time, body) VALUES ($1, $2, $3, $4, $5) "
                        + "ON CONFLICT (source, kind, key) DO UPDATE SET time = $4, body = $5",
                        act.Source, (long)act.Kind, act.Key, act.Time.UnixNanoseconds, act.Body);
                foreach (var (source, kind) in acts.Select(act => (act.Source, act.Kind)).Distinct())
                    StoreRoom.Count(sql, "acts-made-room", sql.Execute(
                        "DELETE FROM act WHERE source = $1 AND kind = $2 AND key IN (SELECT key FROM act WHERE source = $1 "
                        + "AND kind = $2 ORDER BY time DESC, key DESC LIMIT -1 OFFSET $3)",
                        source, (long)kind, database.Options.ActsOfASource));
            });
            database.Commit();
            committed = true;
            return room;
        }
        catch (StoreFullException)
        {
            // As points are: the record of deviations comes first.
            return false;
        }
        finally
        {
            database.End(committed);
        }
    }

    public Task<IReadOnlyList<KeptAct>> ListAsync(string source, ActKind kind, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<KeptAct>>(database.Read(sql => sql.Rows(
            "SELECT key, time, body FROM act WHERE source = $1 AND kind = $2 ORDER BY time DESC, key DESC",
            row => new KeptAct(source, kind, row.GetString(0), new CaptureTime(row.GetInt64(1)), row.GetString(2)),
            source, (long)kind)));
}
