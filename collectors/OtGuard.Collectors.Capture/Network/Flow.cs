namespace OtGuard.Collectors.Capture.Network;

/// <summary>How far a TCP connection has come.</summary>
internal enum TcpState : byte
{
    /// <summary>A SYN waits for its answer.</summary>
    SynSent,

    /// <summary>The SYN was answered; the client's acknowledgement is to come.</summary>
    SynAnswered,

    /// <summary>Data may flow. Also what was joined midway.</summary>
    Open,

    /// <summary>Closed by FIN from both sides, reset, refused or given up.</summary>
    Closed,
}

/// <summary>What is known of the protocol on a connection.</summary>
internal enum ClaimState : byte
{
    /// <summary>First bytes are still being asked about.</summary>
    Probing,

    /// <summary>A decoder has it.</summary>
    Decoded,

    /// <summary>Named, or given up as unknown; not decoded.</summary>
    Undecoded,

    /// <summary>Named and encrypted.</summary>
    Opaque,
}

/// <summary>
/// What the capture layer keeps of a connection beside its public record. Side A is the sender of the first frame seen.
/// </summary>
internal sealed class Flow
{
    public FlowKey Key;
    public int Place;
    public uint Hash;

    /// <summary>Null while the roles are not known and the frames are held back.</summary>
    public Conversation? Conversation;
    public Connection? Connection;
    public IConnectionDecoder? Decoder;

    public CaptureTime FirstSeen;
    public CaptureTime LastSeen;
    public long FirstFrame;
    public long LastFrame;

    /// <summary>Who sends on the link for either side; 0 where none was seen.</summary>
    public ulong MacA;
    public ulong MacB;

    public bool ClientIsB;
    public bool HandshakeSeen;
    public bool Ticking;
    public bool Waiting;
    public bool Removed;
    public bool RefusedReported;
    public ClaimState Claim;
    public byte ProbeSegments;

    /// <summary>Payload turned down by every protocol before the conversation was known.</summary>
    public long DiscardedBytes;

    public List<FrameRecord>? Held;

    // TCP only.
    public TcpState State;
    public TcpHalf? A;
    public TcpHalf? B;
    public bool OpenedReported;
    public bool DataSeen;
    public bool ResetByA;
    public bool WasReset;
    public CaptureTime ClosedAt;
    public int UnseenAdvances;

    public Direction DirectionOf(bool fromA) => fromA != ClientIsB ? Direction.ToServer : Direction.ToClient;

    public TcpHalf Half(bool fromA) => fromA ? A! : B!;
}
