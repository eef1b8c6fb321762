namespace OtGuard.Collectors;

/// <summary>A secure channel of a protocol: how it was protected, and what could be seen of it.</summary>
/// <param name="Conversation">Who talked to whom.</param>
/// <param name="Id">The protocol's number of the channel.</param>
/// <param name="Policy">The security policy for people: <c>Basic256Sha256</c>; an empty text where it was not seen.</param>
/// <param name="Mode">The security mode for people: <c>SignAndEncrypt</c>; an empty text where it was not seen.</param>
/// <param name="Tokens">How many keys (tokens) were used on it, one after the other.</param>
/// <param name="DecodedBytes">Bytes of its messages that were decoded.</param>
/// <param name="OpaqueBytes">Bytes of its messages that are encrypted.</param>
/// <param name="LostBytes">Bytes of its messages that could not be decoded: cut, abandoned or broken.</param>
/// <param name="FirstSeen">When its first message was seen.</param>
/// <param name="LastSeen">When its last message was seen.</param>
public sealed record ChannelSummary(
    Conversation Conversation,
    uint Id,
    string Policy,
    string Mode,
    int Tokens,
    long DecodedBytes,
    long OpaqueBytes,
    long LostBytes,
    CaptureTime FirstSeen,
    CaptureTime LastSeen);
