namespace OtGuard.Collectors;

/// <summary>What carries a conversation.</summary>
public enum Transport : byte
{
    /// <summary>A link-layer protocol named by its EtherType (or LLC service access point).</summary>
    Link,

    /// <summary>An IP protocol that is neither TCP nor UDP, named by its protocol number.</summary>
    Ip,

    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>UDP.</summary>
    Udp,

    /// <summary>A CAN bus.</summary>
    Can,
}

/// <summary>Which way data goes.</summary>
public enum Direction : byte
{
    /// <summary>From client to server: requests.</summary>
    ToServer,

    /// <summary>From server to client: responses.</summary>
    ToClient,
}

/// <summary>How it is known who is client and who is server; a later member outweighs an earlier one.</summary>
public enum RoleEvidence : byte
{
    /// <summary>Only guessed: the first to speak, or the higher port, is taken for the client.</summary>
    Guess,

    /// <summary>One port is a registered service and the other is not.</summary>
    Port,

    /// <summary>The protocol's messages show it (one side sends requests).</summary>
    Structure,

    /// <summary>The opening handshake was seen.</summary>
    Handshake,
}

/// <summary>
/// Who talks to whom about what: client address, server address and service, whatever the client's port was. What
/// baselines learn and what a deviation accuses.
/// </summary>
/// <remarks>
/// Made and counted by the capture layer, read by everything behind it. Fields change while traffic is read; reading
/// them belongs on the thread that feeds the observations.
/// </remarks>
public sealed class Conversation
{
    private TrafficCount _fromClient;
    private TrafficCount _fromServer;
    private Visibility _visibility;

    /// <summary>Creates the record of a conversation.</summary>
    public Conversation(
        int index, NetworkAddress client, NetworkAddress server, Transport transport, ushort service)
    {
        Index = index;
        Client = client;
        Server = server;
        Transport = transport;
        Service = service;
    }

    /// <summary>Dense number from 0, never used twice in a run.</summary>
    public int Index { get; }

    /// <summary>The client, or the sender where the protocol has no roles.</summary>
    public NetworkAddress Client { get; }

    /// <summary>The server, or the destination.</summary>
    public NetworkAddress Server { get; }

    /// <summary>What carries it.</summary>
    public Transport Transport { get; }

    /// <summary>
    /// The server's port for TCP and UDP, the EtherType for <see cref="Transport.Link"/>, the protocol number for
    /// <see cref="Transport.Ip"/>. 0 where both ports were ephemeral and nothing tells which one serves.
    /// </summary>
    public ushort Service { get; }

    /// <summary>The name of the protocol recognised by its structure (<c>modbus</c>, <c>iec104</c>, <c>goose</c>), or null.</summary>
    public string? ProtocolName { get; set; }

    /// <summary>First and last time a frame of it was seen.</summary>
    public CaptureTime FirstSeen { get; set; }

    /// <summary>When a frame of it was last seen.</summary>
    public CaptureTime LastSeen { get; set; }

    /// <summary>All frames of it, both ways: handshake, acknowledgements and tear-down included.</summary>
    public FrameRanges Frames { get; } = new();

    /// <summary>Frames and bytes from the client.</summary>
    public ref TrafficCount FromClient => ref _fromClient;

    /// <summary>Frames and bytes from the server.</summary>
    public ref TrafficCount FromServer => ref _fromServer;

    /// <summary>What became of its payload.</summary>
    public ref Visibility Visibility => ref _visibility;

    /// <summary>True where the mirror shows one direction only.</summary>
    public bool OneSided { get; set; }

    /// <summary>
    /// True where its first frame went to a group address of the link: so a subnet's directed broadcast
    /// (<c>10.0.0.255</c>) shows without its mask.
    /// </summary>
    public bool LinkBroadcast { get; set; }

    /// <summary>True where the destination is a group or broadcast address.</summary>
    public bool IsGroup => Server.IsMulticast || Server.IsBroadcast || LinkBroadcast;
}

/// <summary>Frames and their bytes on the wire.</summary>
public struct TrafficCount
{
    /// <summary>Number of frames.</summary>
    public long Frames { get; set; }

    /// <summary>Bytes on the wire, link header included.</summary>
    public long Bytes { get; set; }
}

/// <summary>Payload bytes of a conversation by what could be done with them.</summary>
public struct Visibility
{
    /// <summary>Bytes a decoder understood.</summary>
    public long DecodedBytes { get; set; }

    /// <summary>Bytes of a protocol that is named but not decoded, or of none that is known.</summary>
    public long UndecodedBytes { get; set; }

    /// <summary>Bytes that are encrypted.</summary>
    public long OpaqueBytes { get; set; }

    /// <summary>Bytes missing from the capture, by TCP's sequence numbers or a snapshot length.</summary>
    public long LostBytes { get; set; }
}

/// <summary>
/// One TCP connection, UDP exchange or other flow of a <see cref="Conversation"/>. Made by the capture layer; decoders
/// and detectors read it. A port used again is a new connection.
/// </summary>
public sealed class Connection
{
    /// <summary>Creates the record of a connection.</summary>
    public Connection(int index, Endpoint client, Endpoint server, Transport transport, Conversation conversation)
    {
        Index = index;
        Client = client;
        Server = server;
        Transport = transport;
        Conversation = conversation;
    }

    /// <summary>Dense number from 0, never used twice in a run.</summary>
    public int Index { get; }

    /// <summary>The side that asks.</summary>
    public Endpoint Client { get; private set; }

    /// <summary>The side that answers.</summary>
    public Endpoint Server { get; private set; }

    /// <summary>What carries it.</summary>
    public Transport Transport { get; }

    /// <summary>The conversation it belongs to.</summary>
    public Conversation Conversation { get; private set; }

    /// <summary>How the roles are known.</summary>
    public RoleEvidence RoleEvidence { get; set; }

    /// <summary>When its first frame was seen.</summary>
    public CaptureTime FirstSeen { get; init; }

    /// <summary>The 1-based number of its first frame.</summary>
    public long FirstFrame { get; init; }

    /// <summary>True where the opening handshake was not seen: the capture joined midway.</summary>
    public bool JoinedMidway { get; set; }

    /// <summary>True while only one direction has been seen, so that missing answers mean nothing.</summary>
    public bool OneSided { get; set; }

    /// <summary>Gives the connection the roles and the conversation that better evidence showed.</summary>
    public void Assign(Endpoint client, Endpoint server, Conversation conversation, RoleEvidence evidence)
    {
        Client = client;
        Server = server;
        Conversation = conversation;
        RoleEvidence = evidence;
    }
}
