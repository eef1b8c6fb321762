using OtGuard.Collectors.OpcUa.Security;

namespace OtGuard.Collectors.OpcUa.Transport;

/// <summary>Where one direction of a channel stands.</summary>
internal struct SequenceState
{
    /// <summary>The last sequence number.</summary>
    public uint Last;

    /// <summary>Whether the next one has to follow it.</summary>
    public bool IsKnown;
}

/// <summary>A secure channel: how it is protected, its tokens, and how much of it could be seen.</summary>
internal sealed class ChannelState(Conversation conversation, uint id, CaptureTime now)
{
    public uint Id { get; } = id;

    public Conversation Conversation { get; } = conversation;

    public SecurityPolicy Policy { get; set; } = SecurityPolicies.NotSeen;

    public SecurityMode Mode { get; set; }

    /// <summary>Bytes of the signature behind each message; -1 while that is not known.</summary>
    public int SignatureBytes { get; set; } = -1;

    /// <summary>Bodies were readable: what is not, is broken.</summary>
    public bool IsClear { get; set; }

    /// <summary>Its opening was seen, and nothing of it is missing since.</summary>
    public bool IsComplete { get; set; }

    public uint Token { get; private set; }

    public uint PreviousToken { get; private set; }

    public int Tokens { get; private set; }

    /// <summary>A renewal whose token is encrypted was seen: the next token may be new.</summary>
    public bool IsRenewing { get; set; }

    /// <summary>When the previous token may no longer be used, in Unix nanoseconds.</summary>
    public long PreviousTokenUntil { get; private set; } = long.MaxValue;

    /// <summary>When the token may no longer be used; the far future where its lifetime is not known.</summary>
    public long TokenUntil { get; private set; } = long.MaxValue;

    public long DecodedBytes { get; set; }

    public long OpaqueBytes { get; set; }

    public long LostBytes { get; set; }

    public CaptureTime FirstSeen { get; } = now;

    public CaptureTime LastSeen { get; set; } = now;

    public SequenceState ToServer;
    public SequenceState ToClient;

    public SecurityCode Code => new(Mode, Policy, UserTokenKind.Unknown, false);

    /// <summary>A new token, and for how many milliseconds it may be used (0 where that is not known).</summary>
    /// <remarks>Part 4 v1.05 §5.6.2: messages with the old token are accepted until it is 25 % over its lifetime.</remarks>
    public void Issue(uint token, uint lifetimeMilliseconds, CaptureTime now)
    {
        if (Tokens > 0 && token == Token) return;
        PreviousToken = Token;
        PreviousTokenUntil = TokenUntil;
        Token = token;
        Tokens++;
        TokenUntil = lifetimeMilliseconds == 0
            ? long.MaxValue
            : now.UnixNanoseconds + (long)lifetimeMilliseconds * 1_250_000;
    }

    /// <summary>Judges the token of a message.</summary>
    public OpcUaAnomaly Use(uint token, CaptureTime now)
    {
        LastSeen = now;
        // Messages under way still have the old token: the renewal is over with the first that has another one.
        if (token == Token && Tokens > 0)
            return now.UnixNanoseconds > TokenUntil ? OpcUaAnomaly.TokenExpired : OpcUaAnomaly.None;
        if (token == PreviousToken && Tokens > 1)
            return now.UnixNanoseconds > PreviousTokenUntil ? OpcUaAnomaly.TokenExpired : OpcUaAnomaly.None;
        if (Tokens > 0 && IsComplete && !IsRenewing) return OpcUaAnomaly.TokenUnknown;
        Issue(token, 0, now);
        IsRenewing = false;
        return OpcUaAnomaly.None;
    }

    public ChannelSummary Summary() => new(
        Conversation, Id, Policy.Name, Mode == SecurityMode.Unknown ? "" : Mode.ToString(), Tokens, DecodedBytes,
        OpaqueBytes, LostBytes, FirstSeen, LastSeen);
}
