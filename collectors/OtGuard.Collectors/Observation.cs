namespace OtGuard.Collectors;

/// <summary>How the bytes of a <see cref="ValueSlice"/> become values.</summary>
public enum ValueEncoding : byte
{
    /// <summary>No values.</summary>
    None,

    /// <summary>Bits, eight a byte, the lowest bit first.</summary>
    Bits,

    /// <summary>16-bit unsigned numbers, big-endian.</summary>
    UInt16BigEndian,

    /// <summary>Bytes without a further meaning.</summary>
    Bytes,

    /// <summary>
    /// OPC UA Variants in their binary encoding (Part 6 v1.05 §5.2.2.16), one after the other; their protocol puts them
    /// into words (<see cref="IProtocol.ValuesText"/>).
    /// </summary>
    Variant,
}

/// <summary>A place in an <see cref="ObservationBatch"/>'s arena: where, how many bytes, how many values, how encoded.</summary>
/// <param name="Offset">First byte in the arena.</param>
/// <param name="Length">Number of bytes.</param>
/// <param name="Count">Number of values in them.</param>
/// <param name="Encoding">How they are read.</param>
public readonly record struct ValueSlice(int Offset, ushort Length, ushort Count, ValueEncoding Encoding)
{
    /// <summary>Part of this slice, with a meaning of its own.</summary>
    public ValueSlice Part(int offset, int length, int count, ValueEncoding encoding) =>
        new(Offset + offset, (ushort)length, (ushort)count, encoding);
}

/// <summary>
/// What the missing answer to a request follows, on its connection and for its unit: what tells a device that has fallen
/// silent from one that was never there, and from one that now and then loses a request.
/// </summary>
public enum Silence : byte
{
    /// <summary>There is no silence: it was answered, or whether it was cannot be known.</summary>
    None,

    /// <summary>The connection ended before the time-out: nobody waited for the answer.</summary>
    CutShort,

    /// <summary>The unit never answered yet.</summary>
    FromTheStart,

    /// <summary>The unit answered after the last request it had left unanswered, or left none.</summary>
    Begun,

    /// <summary>The unit has not answered since another request it left unanswered.</summary>
    Continued,
}

/// <summary>
/// What a decoder saw: somebody did something to some object of somebody, with a value, at a time, and was answered so.
/// One for each exchange or one-way message, the same for every protocol. Immutable; its values lie in the arena of the
/// batch that holds it and live as long as that batch is not recycled.
/// </summary>
public readonly record struct Observation
{
    /// <summary>When it was asked; for an answer nobody asked for, when that came.</summary>
    public CaptureTime Time { get; init; }

    /// <summary>The connection it was seen on: client, server, conversation.</summary>
    public required Connection Connection { get; init; }

    /// <summary>Index of the protocol in the <see cref="ProtocolRegistry"/>; 0 is the network itself.</summary>
    public byte Protocol { get; init; }

    /// <summary>What was done.</summary>
    public Operation Operation { get; init; }

    /// <summary>How it ended.</summary>
    public Outcome Outcome { get; init; }

    /// <summary>Who sent what is observed, where one message is observed and not an exchange.</summary>
    public Direction Sender { get; init; }

    /// <summary>The protocol's own number for the operation (Modbus function code), -1 where it has none.</summary>
    public short Code { get; init; }

    /// <summary>A second number that refines <see cref="Code"/> (sub-function, MEI type), -1 where it has none.</summary>
    public int SubCode { get; init; }

    /// <summary>The part of the server addressed (Modbus unit identifier), -1 where the protocol has none.</summary>
    public short Unit { get; init; }

    /// <summary>The protocol's own number for why it was refused (exception code), -1 where it was not.</summary>
    public int Reason { get; init; }

    /// <summary>The object; for <see cref="Operation.ReadWrite"/> the part that is read.</summary>
    public Target Target { get; init; }

    /// <summary>
    /// For <see cref="Operation.ReadWrite"/> the part that is written, for <see cref="Operation.Call"/> the object whose
    /// method <see cref="Target"/> is, else <see cref="Collectors.Target.None"/>.
    /// </summary>
    public Target WriteTarget { get; init; }

    /// <summary>
    /// Who asked, where the protocol names users or applications: a number that their names alone determine, the same
    /// in every run (<see cref="IProtocol.ActorText"/> has the names); 0 where it is not known.
    /// </summary>
    public uint Actor { get; init; }

    /// <summary>The protocol's number of the channel within the connection (SecureChannelId), 0 where it has none.</summary>
    public uint Channel { get; init; }

    /// <summary>The protocol's number of the keys the channel used (TokenId), 0 where it has none.</summary>
    public uint ChannelToken { get; init; }

    /// <summary>The running number of the message within its channel, 0 where it has none.</summary>
    public uint Sequence { get; init; }

    /// <summary>
    /// Which of the operations that one message holds this is, from 0; those of one exchange follow each other in the
    /// batch.
    /// </summary>
    public ushort Part { get; init; }

    /// <summary>The protocol's number that pairs request and response (transaction identifier).</summary>
    public uint Transaction { get; init; }

    /// <summary>
    /// From request to response in nanoseconds, -1 where one of them is missing. Where an address was bound to another link
    /// address than before (<see cref="Operation.AddressBound"/>): how long it had had no packet, -1 where that is not known.
    /// </summary>
    public long LatencyNanoseconds { get; init; }

    /// <summary>For a request without an answer, or one that a gateway could not pass on: what the silence follows.</summary>
    public Silence Silence { get; init; }

    /// <summary>What is wrong with it: bits described by <see cref="IProtocol.Anomalies"/>.</summary>
    public ulong Anomalies { get; init; }

    /// <summary>The whole request message of the application layer, without transport framing; empty where none was seen.</summary>
    public ValueSlice RequestData { get; init; }

    /// <summary>The whole response message likewise.</summary>
    public ValueSlice ResponseData { get; init; }

    /// <summary>Values the request carried: what was written.</summary>
    public ValueSlice RequestValues { get; init; }

    /// <summary>Values the response carried: what was read.</summary>
    public ValueSlice ResponseValues { get; init; }

    /// <summary>1-based number of the frame that completed the request, 0 where none was seen.</summary>
    public long RequestFrame { get; init; }

    /// <summary>1-based number of the frame that completed the response, 0 where none was seen.</summary>
    public long ResponseFrame { get; init; }

    /// <summary>A link address the observation is about (<see cref="Operation.AddressBound"/>), or the sender's.</summary>
    public NetworkAddress LinkAddress { get; init; }

    /// <summary>An address the observation is about where it is not the connection's (the one that ARP binds or seeks).</summary>
    public NetworkAddress Subject { get; init; }

    /// <summary>The frame that shows it: the request's, or the response's where there is no request.</summary>
    public long Frame => RequestFrame != 0 ? RequestFrame : ResponseFrame;

    /// <summary>True where values of the process were changed, or were meant to be.</summary>
    public bool IsWrite => Operation is Operation.Write or Operation.ReadWrite or Operation.WriteRecords;
}
