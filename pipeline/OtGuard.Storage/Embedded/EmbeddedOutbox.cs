using Microsoft.Data.Sqlite;
using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Storage.Embedded;

/// <summary>The outbox of the embedded store. Thread-safe.</summary>
internal sealed class EmbeddedOutbox(EmbeddedDatabase database, TimeProvider clock) : IOutbox
{
    private const string MessageColumns = "m.id, m.sequence, m.content, m.reason, m.queued_at, m.point_time, "
        + "m.asset_tag, m.body";

    private readonly Lock _gate = new();
    private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _mark;

    public long Mark => Interlocked.Read(ref _mark);

    /// <summary>Something was queued.</summary>
    public void Signal()
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            _mark++;
            signal = _signal;
            _signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        signal.SetResult();
    }

    public async Task WaitAsync(long mark, TimeSpan atMost, CancellationToken cancellation)
    {
        Task waiting;
        lock (_gate)
        {
            if (_mark != mark) return;
            waiting = _signal.Task;
        }

        try
        {
            await waiting.WaitAsync(atMost, clock, cancellation);
        }
        catch (TimeoutException)
        {
            // Another process may have queued something, or a wait may be over.
        }
    }

    public Task<PendingMessages> PeekAsync(string destination, int limit, DateTimeOffset now,
        CancellationToken cancellation) =>
        Task.FromResult(database.Read(sql =>
        {
            var (attempts, next) = sql.Row(
                "SELECT attempts, next_attempt_at FROM destination WHERE name = $1",
                row => (row.GetInt32(0), row.IsDBNull(1) ? 0L : row.GetInt64(1)), destination);
            return next > now.UtcTicks
                ? new PendingMessages([], attempts)
                : new PendingMessages(
                    sql.Rows(
                        $"SELECT {MessageColumns} FROM delivery d JOIN message m ON m.sequence = d.sequence WHERE "
                        + "d.destination = $1 "
                        + "ORDER BY d.sequence LIMIT $2",
                        ReadMessage, destination, limit),
                    attempts);
        }));

    public async Task SettleAsync(
        string destination, IReadOnlyList<(OutboxMessage Message, Delivery Delivery)> settled, Delivery? retry,
            DateTimeOffset? nextAttempt,
        DateTimeOffset now, CancellationToken cancellation)
    {
        var sql = await database.BeginAsync(cancellation);
        var committed = false;
        try
        {
            database.Guard(() =>
            {
                foreach (var (message, delivery) in settled) Settle(sql, destination, message, delivery, now);
                var progress = retry is null || settled.Count > 0;
                sql.Execute(
                    "UPDATE destination SET delivered = delivered + $2, dead = dead + $3, attempts = CASE WHEN $4 THEN "
                    + "0 ELSE attempts END + $5, "
                    + "next_attempt_at = $6, last_fault = coalesce($7, CASE WHEN $4 THEN NULL ELSE last_fault END) "
                    + "WHERE name = $1",
                    destination,
                    settled.Count(pair => pair.Delivery.Outcome == DeliveryOutcome.Accepted),
                    settled.Count(pair => pair.Delivery.Outcome == DeliveryOutcome.Refused),
                    progress ? 1 : 0, retry is null ? 0 : 1, nextAttempt?.UtcTicks, retry?.Reason);
            });
            database.Commit();
            committed = true;
        }
        finally
        {
            database.End(committed);
        }
    }

    public Task<IReadOnlyList<DestinationStatus>> StatusAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<DestinationStatus>>(database.Read(sql => sql.Rows(
            "SELECT t.name, (SELECT count(*) FROM delivery d WHERE d.destination = t.name), "
            + "(SELECT m.queued_at FROM delivery d JOIN message m ON m.sequence = d.sequence WHERE d.destination = "
            + "t.name ORDER BY d.sequence LIMIT 1), "
            + "t.delivered, t.dead, t.dropped, t.attempts, t.next_attempt_at, t.last_fault FROM destination t ORDER BY "
            + "t.name",
            row => new DestinationStatus(
                row.GetString(0), row.GetInt64(1), Moment(row, 2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
                    row.GetInt32(6),
                Moment(row, 7), row.IsDBNull(8) ? null : row.GetString(8)))));

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<DeadLetter>>(database.Read(sql => sql.Rows(
            "SELECT id, sequence, content, message_reason, queued_at, point_time, asset_tag, body, destination, "
            + "reason, at FROM dead_letter "
            + "ORDER BY number DESC LIMIT $1",
            row => new DeadLetter(
                row.GetString(8), ReadMessage(row), row.GetString(9),
                    new DateTimeOffset(row.GetInt64(10), TimeSpan.Zero)),
            limit)));

    private static void Settle(Sql sql, string destination, OutboxMessage message, Delivery delivery,
        DateTimeOffset now)
    {
        // Where another process has settled it in the meantime nothing is counted twice.
        if (sql.Execute("DELETE FROM delivery WHERE destination = $1 AND sequence = $2", destination,
            message.Sequence) == 0) return;
        if (delivery.Outcome == DeliveryOutcome.Refused)
            sql.Execute(
                "INSERT INTO dead_letter (destination, sequence, id, content, message_reason, queued_at, point_time, "
                + "asset_tag, body, reason, at) "
                + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                destination, message.Sequence, message.Id, (long)message.Content, message.Reason,
                    message.QueuedAt.UtcTicks,
                message.Place?.Time.UnixNanoseconds, message.Place?.Asset, message.Body, delivery.Reason ?? "",
                    now.UtcTicks);
        sql.Execute(
            "DELETE FROM message WHERE sequence = $1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE sequence = $1)",
                message.Sequence);
    }

    private static OutboxMessage ReadMessage(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Sequence = row.GetInt64(1),
        Content = (MessageContent)row.GetInt64(2),
        Reason = row.GetString(3),
        QueuedAt = new DateTimeOffset(row.GetInt64(4), TimeSpan.Zero),
        Place = row.IsDBNull(5) ? null
            : new PointPlace(new CaptureTime(row.GetInt64(5)), row.IsDBNull(6) ? null : row.GetString(6)),
        Body = row.GetString(7),
    };

    private static DateTimeOffset? Moment(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : new DateTimeOffset(row.GetInt64(column), TimeSpan.Zero);
}
