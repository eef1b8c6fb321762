namespace OtGuard.Alerting;

/// <summary>How a destination that does not take messages is tried again.</summary>
public sealed record BackoffOptions
{
    /// <summary>The first wait. Default 1 s: a process that restarts is back by then.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The longest wait. Default 5 minutes: after a week without the server its return is noticed at once, by a
    /// person's measure.
    /// </summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>By how much a wait grows. Default 2.</summary>
    public double Factor { get; init; } = 2;

    /// <summary>
    /// The share of each wait that is drawn at random. Default 0.5: the senders of many sites that lost the same server
    /// do not come back in step.
    /// </summary>
    public double Jitter { get; init; } = 0.5;

    /// <summary>The wait after so many attempts in vain, from 1.</summary>
    /// <param name="attempts">Attempts in vain so far.</param>
    /// <param name="random">0 to 1.</param>
    public TimeSpan WaitAfter(int attempts, double random)
    {
        var full = Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(Factor, Math.Min(attempts, 64) - 1));
        return TimeSpan.FromSeconds(full * (1 - Jitter + Jitter * random));
    }
}

/// <summary>
/// Takes messages from the outbox to one destination each: in order, at least once. What a destination refuses for good
/// becomes a dead letter and holds up nothing.
/// </summary>
public sealed class OutboxDispatcher(IOutbox outbox, BackoffOptions backoff, TimeProvider clock, Random random)
{
    /// <summary>
    /// How long it is looked for new messages at the latest, where another process may have queued them.
    /// </summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Serves every sink until cancelled.</summary>
    public Task RunAsync(IReadOnlyList<ISink> sinks, CancellationToken cancellation) =>
        Task.WhenAll(sinks.Select(sink => Task.Run(() => ServeAsync(sink, cancellation), CancellationToken.None)));

    /// <summary>Sends one batch; false where nothing was to be sent, or not now.</summary>
    public async Task<bool> SendOnceAsync(ISink sink, CancellationToken cancellation)
    {
        var (messages, attempts) = await outbox.PeekAsync(sink.Name, sink.MaximumBatch, clock.GetUtcNow(),
            cancellation);
        if (messages.Count == 0) return false;
        var deliveries = await sink.SendAsync(messages, cancellation);
        var settled = new List<(OutboxMessage, Delivery)>();
        Delivery? retry = null;
        for (var i = 0; i < messages.Count; i++)
        {
            // A sink that says nothing about a message has not sent it.
            var delivery = i < deliveries.Count ? deliveries[i] : Delivery.Retry("The sink gave no answer.");
            if (delivery.Outcome == DeliveryOutcome.Retry)
            {
                retry = delivery;
                break;
            }

            settled.Add((messages[i], delivery));
        }

        var now = clock.GetUtcNow();
        // Progress starts the count anew.
        var failed = retry is null ? 0 : settled.Count > 0 ? 1 : attempts + 1;
        DateTimeOffset? next = retry is null ? null : now
            + Longer(retry.RetryAfter, backoff.WaitAfter(failed, NextRandom()));
        await outbox.SettleAsync(sink.Name, settled, retry, next, now, cancellation);
        return retry is null;
    }

    private async Task ServeAsync(ISink sink, CancellationToken cancellation)
    {
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                var mark = outbox.Mark;
                if (await SendOnceAsync(sink, cancellation)) continue;
                await outbox.WaitAsync(mark, LookAgain, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped: what was not settled is sent again by whoever comes next.
        }
    }

    private double NextRandom()
    {
        lock (random) return random.NextDouble();
    }

    private static TimeSpan Longer(TimeSpan? asked, TimeSpan own) => asked is { } span && span > own ? span : own;
}
