namespace OtGuard.Alerting;

/// <summary>What a message holds.</summary>
public enum MessageContent : byte
{
    /// <summary>An alert in its new state.</summary>
    Alert,

    /// <summary>A deviation in its new state.</summary>
    Deviation,

    /// <summary>Points of series.</summary>
    Series,
}

/// <summary>A message on its way to destinations.</summary>
public sealed record OutboxMessage
{
    /// <summary>
    /// The same for every attempt to send it, and different for every state of an alert or deviation: what a receiver
    /// tells a repetition by.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>Its place in the order of all messages; 0 before it is queued.</summary>
    public long Sequence { get; init; }

    /// <summary>What <see cref="Body"/> holds.</summary>
    public required MessageContent Content { get; init; }

    /// <summary>Why it is sent.</summary>
    public required string Reason { get; init; }

    /// <summary>When it was queued, by this machine's clock.</summary>
    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>The record as JSON (<see cref="AlertingJson"/>).</summary>
    public required string Body { get; init; }

    /// <summary>Where it lies as a point of a series; null where it is none.</summary>
    public PointPlace? Place { get; init; }

    /// <summary>The message of an alert's state.</summary>
    public static OutboxMessage Of(Alert alert, string reason, DateTimeOffset now) => new()
    {
        Id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{alert.Id}-{alert.Version}"),
        Content = MessageContent.Alert,
        Reason = reason,
        QueuedAt = now,
        Body = AlertingJson.Write(alert),
        Place = alert.Place,
    };

    /// <summary>The message of a deviation's state.</summary>
    /// <param name="deviation">The deviation.</param>
    /// <param name="stored">How it was stored.</param>
    /// <param name="now">This machine's clock.</param>
    public static OutboxMessage Of(DeviationRecord deviation, StoredAs stored, DateTimeOffset now) => new()
    {
        Id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{deviation.Id}-{stored.Revision}"),
        Place = stored.Place,
        Content = MessageContent.Deviation,
        Reason = "stored",
        QueuedAt = now,
        Body = AlertingJson.Write(deviation),
    };
}

/// <summary>What became of one message.</summary>
public enum DeliveryOutcome : byte
{
    /// <summary>The destination has it.</summary>
    Accepted,

    /// <summary>Not now: it is tried again, and what is behind it waits.</summary>
    Retry,

    /// <summary>Never: the destination refuses this very message. It goes to the dead letters.</summary>
    Refused,
}

/// <summary>What became of one message, and why.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">In words; null where it was accepted.</param>
/// <param name="RetryAfter">When the destination asks to be tried again, or null.</param>
public sealed record Delivery(DeliveryOutcome Outcome, string? Reason = null, TimeSpan? RetryAfter = null)
{
    /// <summary>The destination has it.</summary>
    public static readonly Delivery Accepted = new(DeliveryOutcome.Accepted);

    /// <summary>Not now.</summary>
    public static Delivery Retry(string reason, TimeSpan? after = null) => new(DeliveryOutcome.Retry, reason, after);

    /// <summary>Never.</summary>
    public static Delivery Refused(string reason) => new(DeliveryOutcome.Refused, reason);

    /// <summary>The same for each of several messages.</summary>
    public static IReadOnlyList<Delivery> ForAll(int count, Delivery delivery) =>
        [.. Enumerable.Repeat(delivery, count)];
}

/// <summary>Sends messages to one destination. Called by one thread at a time.</summary>
public interface ISink : IAsyncDisposable
{
    /// <summary>The destination's name, as routes and the outbox have it.</summary>
    string Name { get; }

    /// <summary>Messages sent in one go at most.</summary>
    int MaximumBatch { get; }

    /// <summary>
    /// Sends messages in order and says what became of each. Faults of the environment are answers, not exceptions.
    /// What follows a message to be retried counts as not sent, whatever is said of it.
    /// </summary>
    /// <exception cref="OperationCanceledException">Stopped: nothing is known about the messages.</exception>
    Task<IReadOnlyList<Delivery>> SendAsync(IReadOnlyList<OutboxMessage> messages, CancellationToken cancellation);
}

/// <summary>How a destination does.</summary>
/// <param name="Name">The destination.</param>
/// <param name="Waiting">Messages that wait.</param>
/// <param name="OldestQueuedAt">When the first of them was queued, or null.</param>
/// <param name="Delivered">Messages delivered in all.</param>
/// <param name="DeadLetters">Messages refused in all.</param>
/// <param name="Dropped">Series messages given up for want of room.</param>
/// <param name="Attempts">Attempts in vain since the last success.</param>
/// <param name="NextAttempt">When it is tried again, or null for now.</param>
/// <param name="LastFault">What the last attempt in vain met, or null.</param>
public sealed record DestinationStatus(
    string Name, long Waiting, DateTimeOffset? OldestQueuedAt, long Delivered, long DeadLetters, long Dropped,
        int Attempts,
    DateTimeOffset? NextAttempt, string? LastFault);

/// <summary>A message that its destination refused for good.</summary>
/// <param name="Destination">The destination.</param>
/// <param name="Message">The message.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="At">When.</param>
public sealed record DeadLetter(string Destination, OutboxMessage Message, string Reason, DateTimeOffset At);

/// <summary>What waits for a destination and may be sent now.</summary>
/// <param name="Messages">The first messages, in order.</param>
/// <param name="Attempts">Attempts in vain since the last success.</param>
public sealed record PendingMessages(IReadOnlyList<OutboxMessage> Messages, int Attempts);

/// <summary>The queue of what is to be sent, durable and in order for each destination. Thread-safe.</summary>
public interface IOutbox
{
    /// <summary>The first messages that wait for a destination, in order; empty while it is backing off.</summary>
    Task<PendingMessages> PeekAsync(string destination, int limit, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>
    /// Writes down what became of the first messages: delivered ones leave the queue, refused ones become dead letters,
    /// and with <paramref name="retry"/> the rest waits until <paramref name="nextAttempt"/>.
    /// </summary>
    Task SettleAsync(
        string destination, IReadOnlyList<(OutboxMessage Message, Delivery Delivery)> settled, Delivery? retry,
            DateTimeOffset? nextAttempt,
        DateTimeOffset now, CancellationToken cancellation);

    /// <summary>How every destination does, by name.</summary>
    Task<IReadOnlyList<DestinationStatus>> StatusAsync(CancellationToken cancellation);

    /// <summary>Dead letters, the latest first.</summary>
    Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(int limit, CancellationToken cancellation);

    /// <summary>
    /// Completes once something may have been queued since <paramref name="mark"/>, or at the latest after the wait.
    /// </summary>
    Task WaitAsync(long mark, TimeSpan atMost, CancellationToken cancellation);

    /// <summary>Grows with everything that is queued.</summary>
    long Mark { get; }
}
