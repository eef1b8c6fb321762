using System.Net;
using System.Text;
using System.Text.Json;
using OtGuard.Alerting;

namespace OtGuard.Storage.InfluxDb;

/// <summary>
/// Writes deviations, alerts and points of series to InfluxDB. Every point has a time of its own within its series, so
/// that one written twice is one; where the server refuses part of a batch it is found out which.
/// </summary>
public sealed class InfluxSink(InfluxClient client) : ISink
{
    /// <inheritdoc/>
    public string Name => client.Options.Name;

    /// <inheritdoc/>
    public int MaximumBatch => client.Options.BatchPoints;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Delivery>> SendAsync(IReadOnlyList<OutboxMessage> messages,
        CancellationToken cancellation)
    {
        var deliveries = new Delivery?[messages.Count];
        var lines = new string[messages.Count];
        for (var i = 0; i < messages.Count; i++)
        {
            try
            {
                lines[i] = LinesOf(messages[i]);
            }
            catch (Exception fault) when (fault is JsonException or ArgumentException)
            {
                deliveries[i] = Delivery.Refused($"it makes no point: {fault.Message}");
            }
        }

        var writable = Enumerable.Range(0, messages.Count).Where(i => deliveries[i] is null).ToList();
        await WriteAsync(writable, lines, deliveries, cancellation);
        return [.. deliveries.Select(delivery => delivery ?? Delivery.Retry("not sent"))];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The points of a message as lines.</summary>
    private static string LinesOf(OutboxMessage message)
    {
        var text = new StringBuilder();
        switch (message.Content)
        {
            case MessageContent.Deviation:
                LineProtocol.Append(text,
                    RecordPoints.Of(AlertingJson.Read<DeviationRecord>(message.Body), PlaceOf(message)));
                break;
            case MessageContent.Alert:
                LineProtocol.Append(text, RecordPoints.Of(AlertingJson.Read<Alert>(message.Body), PlaceOf(message)));
                break;
            case MessageContent.Series:
                foreach (var point in AlertingJson.Read<List<SeriesPoint>>(message.Body)) LineProtocol.Append(text,
                    point);
                break;
        }

        return text.ToString();
    }

    private static PointPlace PlaceOf(OutboxMessage message) =>
        message.Place ?? throw new JsonException("The message has no place among points.");

    /// <summary>
    /// Writes messages in one request; where the server refuses something in it, each half by itself, down to the one.
    /// What was stored of a batch already is stored again as the same points.
    /// </summary>
    private async Task WriteAsync(List<int> indexes, string[] lines, Delivery?[] deliveries,
        CancellationToken cancellation)
    {
        if (indexes.Count == 0) return;
        var answer = await client.WriteAsync(string.Concat(indexes.Select(i => lines[i])), cancellation);
        if (answer.IsDone)
        {
            foreach (var i in indexes) deliveries[i] = Delivery.Accepted;
        }
        else if (answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity
            or HttpStatusCode.RequestEntityTooLarge)
        {
            if (indexes.Count == 1)
            {
                deliveries[indexes[0]] = Delivery.Refused(answer.Text);
                return;
            }

            var half = indexes.Count / 2;
            await WriteAsync(indexes[..half], lines, deliveries, cancellation);
            // In order: what follows a message that waits waits with it.
            if (deliveries[indexes[half - 1]]?.Outcome == DeliveryOutcome.Retry) return;
            await WriteAsync(indexes[half..], lines, deliveries, cancellation);
        }
        else
        {
            // Everything else may pass: a server that is away or busy, a database not created yet, credentials to be
            // put right.
            foreach (var i in indexes) deliveries[i] = Delivery.Retry(Explain(answer), answer.RetryAfter);
        }
    }

    private string Explain(InfluxAnswer answer) => answer.Status switch
    {
        HttpStatusCode.NotFound =>
            $"{answer.Text}: is there a database {client.Options.Database}, and does the server know this interface?",
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
            $"{answer.Text}: the credentials are not good for {client.Options.Database}.",
        _ => answer.Text,
    };
}
