namespace OtGuard.Collectors.Capture.Network;

/// <summary>The flags of a TCP header (RFC 9293 §3.1).</summary>
[Flags]
internal enum TcpFlags : byte
{
    None = 0,
    Fin = 1,
    Syn = 2,
    Reset = 4,
    Push = 8,
    Acknowledgement = 16,
    Urgent = 32,
}

/// <summary>A TCP segment as it lies in the frame.</summary>
internal readonly ref struct TcpSegment
{
    public required uint Sequence { get; init; }

    public required uint Acknowledgement { get; init; }

    public required TcpFlags Flags { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Payload bytes on the wire that a snapshot length cut off.</summary>
    public required int MissingTail { get; init; }

    /// <summary>What two sightings of one packet have in common and two packets have not.</summary>
    public required ulong Signature { get; init; }
}
