using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OtGuard.Alerting;

/// <summary>What was done.</summary>
public enum JournalVerb : byte
{
    /// <summary>An alert was raised.</summary>
    Raise,

    /// <summary>Somebody took an alert up.</summary>
    Acknowledge,

    /// <summary>An alert was closed.</summary>
    Close,

    /// <summary>An alert was silenced.</summary>
    Mute,

    /// <summary>The silence was lifted.</summary>
    Unmute,

    /// <summary>Somebody proposed to take what an alert says into the baseline.</summary>
    Learn,

    /// <summary>A second person approved a proposal.</summary>
    Approve,

    /// <summary>A proposal was turned down.</summary>
    Reject,

    /// <summary>A maintenance window was opened.</summary>
    OpenWindow,

    /// <summary>A maintenance window was ended early.</summary>
    EndWindow,

    /// <summary>An incident was formed, or alerts were added to one.</summary>
    Correlate,

    /// <summary>An incident was closed.</summary>
    CloseIncident,

    /// <summary>Something was removed by age or size.</summary>
    Expire,

    /// <summary>A case was made from an incident.</summary>
    OpenCase,

    /// <summary>A case has a new version.</summary>
    ReviseCase,

    /// <summary>A person let a version of a case leave for a partner.</summary>
    Release,

    /// <summary>A release was handed over, or it was tried.</summary>
    Deliver,

    /// <summary>Indicators of a partner were taken in.</summary>
    TakeIndicators,

    /// <summary>People were reminded of a report that is due.</summary>
    Remind,

    /// <summary>Somebody logged in.</summary>
    LogIn,

    /// <summary>Somebody was refused: an unknown name, a wrong password, a locked account.</summary>
    RefuseLogIn,

    /// <summary>Somebody logged out.</summary>
    LogOut,

    /// <summary>An account was made.</summary>
    CreateAccount,

    /// <summary>An account was changed: its roles, its password, whether it is blocked.</summary>
    ChangeAccount,

    /// <summary>An account was removed.</summary>
    RemoveAccount,

    /// <summary>A token was issued.</summary>
    IssueToken,

    /// <summary>A token was revoked.</summary>
    RevokeToken,

    /// <summary>Somebody approved a baseline.</summary>
    ApproveBaseline,

    /// <summary>Evidence was taken away as a file.</summary>
    TakeEvidence,

    /// <summary>Somebody signed a baseline.</summary>
    SignBaseline,
}

/// <summary>Who did something, and why.</summary>
/// <param name="Who">A person's or a service's name.</param>
/// <param name="Why">In words; empty where the act explains itself.</param>
public sealed record Author(string Who, string Why = "");

/// <summary>One entry of the journal, not yet chained.</summary>
/// <param name="At">When, by the writer's clock.</param>
/// <param name="Author">Who and why.</param>
/// <param name="Verb">What was done.</param>
/// <param name="Subject">To what: an alert's, incident's, proposal's or window's id.</param>
/// <param name="Detail">What else belongs to it, as text; empty for nothing.</param>
public sealed record JournalAct(DateTimeOffset At, Author Author, JournalVerb Verb, string Subject, string Detail = "");

/// <summary>
/// An entry in its chain: its hash covers the one before it, so that none can be changed or left out unseen.
/// </summary>
/// <param name="Chain">The writer's chain.</param>
/// <param name="Sequence">From 1 within the chain.</param>
/// <param name="Act">What was done.</param>
/// <param name="Previous">Hash of the entry before, in hexadecimal; 64 zeros for the first.</param>
/// <param name="Hash">SHA-256 over the entry and <paramref name="Previous"/>, in hexadecimal.</param>
public sealed record JournalEntry(string Chain, long Sequence, JournalAct Act, string Previous, string Hash)
{
    /// <summary>What stands before the first entry of a chain.</summary>
    public static readonly string Nothing = new('0', 64);

    /// <summary>The entry that follows <paramref name="last"/> (null at the beginning of a chain).</summary>
    public static JournalEntry Next(string chain, JournalEntry? last, JournalAct act)
    {
        var sequence = (last?.Sequence ?? 0) + 1;
        var previous = last?.Hash ?? Nothing;
        return new JournalEntry(chain, sequence, act, previous, HashOf(chain, sequence, act, previous));
    }

    /// <summary>True where the hash is that of the contents.</summary>
    public bool IsIntact => string.Equals(Hash, HashOf(Chain, Sequence, Act, Previous), StringComparison.Ordinal);

    /// <summary>
    /// SHA-256 over the fields, each preceded by its length in bytes, so that no two entries have the same bytes.
    /// </summary>
    public static string HashOf(string chain, long sequence, JournalAct act, string previous)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var text in new[] { previous, chain, act.Author.Who, act.Author.Why, act.Verb.ToString(), act.Subject,
            act.Detail })
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt64BigEndian(number, bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }

        BinaryPrimitives.WriteInt64BigEndian(number, sequence);
        hash.AppendData(number);
        BinaryPrimitives.WriteInt64BigEndian(number, act.At.UtcTicks);
        hash.AppendData(number);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>What a check of the journal found.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Entries">How many entries it has.</param>
/// <param name="Head">Hash of the last one: noted elsewhere, it shows later whether the end was cut off.</param>
/// <param name="BrokenAt">The first entry that does not follow from the one before, or null where all do.</param>
public sealed record JournalCheck(string Chain, long Entries, string Head, long? BrokenAt);
