using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Sending;

/// <summary>What became of handing a pack over.</summary>
public enum SendOutcome : byte
{
    /// <summary>The partner has it.</summary>
    Accepted,

    /// <summary>The partner had it before, in this version or a later one.</summary>
    AlreadyThere,

    /// <summary>Not now: try again.</summary>
    Retry,

    /// <summary>Never: the partner's side refuses this very pack, or these credentials.</summary>
    Refused,
}

/// <summary>What became of handing a pack over, and why.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">In words; null where it was accepted.</param>
/// <param name="Reference">What the partner's side calls it: a status, an event; null for nothing.</param>
/// <param name="RetryAfter">When the partner's side asks to be tried again, or null.</param>
public sealed record SendResult(
    SendOutcome Outcome, string? Reason = null, string? Reference = null, TimeSpan? RetryAfter = null)
{
    /// <summary>The partner has it.</summary>
    public static SendResult Accepted(string? reference = null) => new(SendOutcome.Accepted, null, reference);

    /// <summary>The partner had it before.</summary>
    public static SendResult AlreadyThere(string reason, string? reference = null) =>
        new(SendOutcome.AlreadyThere, reason, reference);

    /// <summary>Not now.</summary>
    public static SendResult Retry(string reason, TimeSpan? after = null) => new(SendOutcome.Retry, reason, null, after);

    /// <summary>Never.</summary>
    public static SendResult Refused(string reason) => new(SendOutcome.Refused, reason);
}

/// <summary>A way to a partner. Faults of the environment are answers, not exceptions.</summary>
public interface IChannel
{
    /// <summary>Hands a released pack over, once.</summary>
    /// <param name="release">The release.</param>
    /// <param name="files">Its files, signature and public key among them.</param>
    /// <param name="cancellation">Stops it: nothing is known about the pack then.</param>
    Task<SendResult> SendAsync(Release release, IReadOnlyList<PackFile> files, CancellationToken cancellation);
}
