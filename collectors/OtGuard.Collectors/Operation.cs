namespace OtGuard.Collectors;

/// <summary>
/// What somebody did, the same words for every protocol. A protocol's own names (function code, service) stand beside
/// it in <see cref="Observation.Code"/>.
/// </summary>
public enum Operation : byte
{
    /// <summary>Something the decoder could not give a meaning to.</summary>
    Unknown,

    /// <summary>Values were read.</summary>
    Read,

    /// <summary>Values were written.</summary>
    Write,

    /// <summary>Values were written and others read in one exchange.</summary>
    ReadWrite,

    /// <summary>Stored records (a file, a history) were read.</summary>
    ReadRecords,

    /// <summary>Stored records (a file, a history) were written.</summary>
    WriteRecords,

    /// <summary>A device was asked who it is.</summary>
    Identify,

    /// <summary>Status, counters or logs of the device itself were read.</summary>
    Diagnose,

    /// <summary>The device was told to change its own behaviour: restart, listen only, clear counters.</summary>
    Control,

    /// <summary>A function of the vendor or outside the standard.</summary>
    Vendor,

    /// <summary>Values were sent to whoever listens: a frame on a bus, a message to everybody.</summary>
    Broadcast,

    /// <summary>A client asked for a server, its endpoints or other servers, or a server announced itself.</summary>
    Discover,

    /// <summary>The two sides introduced themselves on their connection and agreed on its limits.</summary>
    Handshake,

    /// <summary>A secure channel was opened or its keys were renewed.</summary>
    OpenChannel,

    /// <summary>A secure channel was closed.</summary>
    CloseChannel,

    /// <summary>A session was opened.</summary>
    OpenSession,

    /// <summary>Somebody said who he is, with what proves it.</summary>
    Authenticate,

    /// <summary>A session was closed.</summary>
    CloseSession,

    /// <summary>The server's objects were listed, searched or looked up.</summary>
    Browse,

    /// <summary>A method of an object was called.</summary>
    Call,

    /// <summary>The server's objects themselves were added, removed or linked.</summary>
    ChangeModel,

    /// <summary>The server was told what to report from now on, or no longer.</summary>
    Subscribe,

    /// <summary>The server reported a value or an event that it had been told to report.</summary>
    Notify,

    /// <summary>A request that waits was called off.</summary>
    Cancel,

    /// <summary>A message whose content is encrypted: that it was sent is all that can be said.</summary>
    Concealed,

    // Network: what the capture layer itself observes, protocol "network".

    /// <summary>First frame of a conversation that was not there before.</summary>
    ConversationStarted,

    /// <summary>A connection was asked for: TCP SYN, or the first datagram of a UDP exchange.</summary>
    ConnectionAttempted,

    /// <summary>A TCP handshake completed, or data was first seen on a connection joined midway.</summary>
    ConnectionOpened,

    /// <summary>A SYN was answered with RST, or a datagram with ICMP port unreachable.</summary>
    ConnectionRefused,

    /// <summary>An attempt nobody answered within the handshake time-out.</summary>
    ConnectionUnanswered,

    /// <summary>An open connection was aborted with RST; <see cref="Observation.Sender"/> says by whom.</summary>
    ConnectionReset,

    /// <summary>A connection was closed by FIN from both sides.</summary>
    ConnectionClosed,

    /// <summary>A protocol was recognised on a connection by the structure of its bytes.</summary>
    ProtocolIdentified,

    /// <summary>A port registered for one protocol carries something else.</summary>
    ForeignProtocol,

    /// <summary>An address was seen bound to a link address: ARP, neighbour discovery, or a frame's own headers.</summary>
    AddressBound,

    /// <summary>An ARP request or neighbour solicitation: somebody looks for an address.</summary>
    AddressSought,

    /// <summary>Overlapping TCP segments held different bytes for the same sequence numbers.</summary>
    SegmentsDisagree,

    /// <summary>Bytes of a TCP stream are missing from the capture.</summary>
    BytesMissing,

    /// <summary>Only one direction of a connection is in the capture.</summary>
    OneSided,
}

/// <summary>How an exchange ended.</summary>
public enum Outcome : byte
{
    /// <summary>Answered as asked. Also a one-way message that asks for no answer.</summary>
    Succeeded,

    /// <summary>Answered with a refusal: exception code, negative response, Bad StatusCode.</summary>
    Rejected,

    /// <summary>No answer within the time-out, though the answering direction is visible.</summary>
    Unanswered,

    /// <summary>An answer nobody asked for.</summary>
    Unsolicited,

    /// <summary>The other half cannot be known: one-sided capture, a gap, or the capture ended first.</summary>
    Unpaired,

    /// <summary>The bytes claim to be the protocol and break it so that no meaning can be given.</summary>
    Undecodable,
}

/// <summary>What kind of object a target is.</summary>
public enum TargetSpace : byte
{
    /// <summary>No object: the operation is about the server itself.</summary>
    None,

    /// <summary>Modbus coils: bits, readable and writable.</summary>
    Coils,

    /// <summary>Modbus discrete inputs: bits, readable.</summary>
    DiscreteInputs,

    /// <summary>Modbus input registers: 16 bit, readable.</summary>
    InputRegisters,

    /// <summary>Modbus holding registers: 16 bit, readable and writable.</summary>
    HoldingRegisters,

    /// <summary>Modbus file records; the start is file number × 65536 + record number.</summary>
    FileRecords,

    /// <summary>A Modbus FIFO queue, by its pointer address.</summary>
    FifoQueue,

    /// <summary>Objects of device identification.</summary>
    DeviceObjects,

    /// <summary>A CAN identifier; bit 31 of the start is set for one of 29 bits.</summary>
    CanIdentifier,

    /// <summary>UDS data identifiers.</summary>
    DataIdentifiers,

    /// <summary>UDS routine identifiers.</summary>
    Routines,

    /// <summary>Addresses of a device's memory, the lowest 32 bits of them.</summary>
    Memory,

    /// <summary>J1939 parameter groups by their number (PGN).</summary>
    ParameterGroups,

    /// <summary>
    /// A node of an OPC UA address space by a number that its NodeId alone determines, the same in every run;
    /// <see cref="IProtocol.TargetKey"/> has the NodeId.
    /// </summary>
    Nodes,
}

/// <summary>A run of objects: a space, the first one and how many.</summary>
/// <param name="Space">Which kind of object.</param>
/// <param name="Start">Address of the first, 0-based as on the wire.</param>
/// <param name="Count">How many; 0 where the operation names none.</param>
public readonly record struct Target(TargetSpace Space, uint Start, int Count)
{
    /// <summary>No object.</summary>
    public static readonly Target None;

    /// <summary>Address of the last object; below <see cref="Start"/> where there is none.</summary>
    public long End => (long)Start + Count - 1;
}
