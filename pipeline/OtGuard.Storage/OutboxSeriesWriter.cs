using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Storage.Embedded;

namespace OtGuard.Storage;

/// <summary>
/// Takes points for a series store that may be away: they wait in the outbox, and are the first to be given up where
/// the disk fills. Thread-safe.
/// </summary>
public sealed class OutboxSeriesWriter(EmbeddedStore store, string destination, TimeProvider clock) : ISeriesWriter
{
    private long _written;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A tag is none of <see cref="SeriesTags.Allowed"/>.</exception>
    public async Task<bool> WriteAsync(IReadOnlyList<SeriesPoint> points, CancellationToken cancellation)
    {
        if (points.Count == 0) return true;
        if (store.Room != RoomStage.Ample)
        {
            await store.CountRefusedAsync(points.Count, cancellation);
            return false;
        }

        try
        {
            await using var transaction = await store.BeginAsync(cancellation);
            var now = clock.GetUtcNow();
            var message = new OutboxMessage
            {
                Id = string.Create(CultureInfo.InvariantCulture,
                    $"points-{now.UtcTicks:x}-{Interlocked.Increment(ref _written)}"),
                Content = MessageContent.Series,
                Reason = "points",
                QueuedAt = now,
                Body = AlertingJson.Write(store.Bounded(points, transaction)),
            };
            await transaction.EnqueueAsync(message, [destination], cancellation);
            await transaction.CommitAsync(cancellation);
            return true;
        }
        catch (StoreFullException)
        {
            return false;
        }
    }
}
