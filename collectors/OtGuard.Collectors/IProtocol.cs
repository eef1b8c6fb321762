using System.Text.Json;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors;

/// <summary>What a protocol says of the first bytes of a connection.</summary>
public enum ClaimVerdict : byte
{
    /// <summary>Not this protocol.</summary>
    No,

    /// <summary>Nothing against it, too little to say: ask again with more.</summary>
    NeedMoreData,

    /// <summary>The structure is this protocol's.</summary>
    Yes,
}

/// <summary>A claim on a connection.</summary>
/// <param name="Verdict">Whether.</param>
/// <param name="Variant">The protocol's own number for a variant (framing), handed back to the decoder.</param>
/// <param name="SenderIsClient">Whether the bytes show that their sender asks (true) or answers (false); null where they do not.</param>
public readonly record struct Claim(ClaimVerdict Verdict, byte Variant = 0, bool? SenderIsClient = null);

/// <summary>The first bytes of a connection in one direction, as a protocol is asked whether they are its own.</summary>
public readonly ref struct Probe
{
    /// <summary>Creates the view.</summary>
    public Probe(ReadOnlySpan<byte> data, Transport transport, ushort sourcePort, ushort destinationPort, bool? senderIsClient)
    {
        Data = data;
        Transport = transport;
        SourcePort = sourcePort;
        DestinationPort = destinationPort;
        SenderIsClient = senderIsClient;
    }

    /// <summary>Payload from the first byte not yet claimed.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>TCP or UDP.</summary>
    public Transport Transport { get; }

    /// <summary>Port of the sender.</summary>
    public ushort SourcePort { get; }

    /// <summary>Port of the receiver.</summary>
    public ushort DestinationPort { get; }

    /// <summary>Whether the sender opened the connection; null where the handshake was not seen.</summary>
    public bool? SenderIsClient { get; }
}

/// <summary>Where a message was seen.</summary>
/// <param name="Time">Capture time of the frame that completed it.</param>
/// <param name="Frame">1-based number of that frame.</param>
public readonly record struct Sighting(CaptureTime Time, long Frame);

/// <summary>
/// Decodes one connection: fed with both directions' bytes in order, it writes observations. Keeps its own state,
/// bounded; never throws for what the bytes are, never keeps the span.
/// </summary>
public interface IConnectionDecoder
{
    /// <summary>
    /// Decodes as many whole messages as <paramref name="data"/> holds and returns the number of bytes used. The rest
    /// is offered again with what follows; for a datagram there is no rest. Returning 0 means that more is needed, and
    /// is not repeated beyond <see cref="MaximumMessageBytes"/>.
    /// </summary>
    int Decode(Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output);

    /// <summary>Bytes of one direction are missing; what follows starts anywhere. The decoder resynchronises.</summary>
    void OnGap(Connection connection, Direction direction, Sighting sighting, ObservationBatch output);

    /// <summary>
    /// The capture cut a segment short: of the message that <paramref name="begun"/> begins, if there is one, the
    /// <paramref name="missing"/> bytes that follow are not there. What can be read of it still counts. A gap, unless the
    /// decoder knows better.
    /// </summary>
    void OnCut(
        Connection connection,
        Direction direction,
        ReadOnlySpan<byte> begun,
        int missing,
        Sighting sighting,
        ObservationBatch output) => OnGap(connection, direction, sighting, output);

    /// <summary>Time has come so far: what waits longer than its time-out is given up and written as unanswered.</summary>
    void OnTime(Connection connection, CaptureTime now, ObservationBatch output);

    /// <summary>
    /// The connection ended (or the capture, or it was evicted): what still waits is written. With
    /// <paramref name="captureEnded"/>, what might still have been answered is written as unpaired.
    /// </summary>
    void OnClose(Connection connection, Sighting sighting, bool captureEnded, ObservationBatch output);

    /// <summary>The longest message this decoder waits for to be complete.</summary>
    int MaximumMessageBytes { get; }
}

/// <summary>An anomaly bit of a protocol: a specification violation or a broken exchange.</summary>
/// <param name="Bit">The bit in <see cref="Observation.Anomalies"/>, 0 to 63.</param>
/// <param name="Name">Its name in machine-readable output: kebab-case.</param>
/// <param name="CatalogueRow">The catalogue's row it is evidence for (<c>B16</c>), or null where it is for information.</param>
/// <param name="Text">One plain clause that completes "the message …".</param>
/// <param name="Reference">The specification's section.</param>
/// <param name="Kind">The catalogue's kind, where the row has several; null for the row's first.</param>
public sealed record AnomalyDescriptor(
    int Bit, string Name, string? CatalogueRow, string Text, string Reference, string? Kind = null);

/// <summary>What a refusal means, the same words for every protocol.</summary>
public enum RefusalMeaning : byte
{
    /// <summary>Something else, or a code the protocol does not define.</summary>
    Other,

    /// <summary>The server does not know the function.</summary>
    FunctionUnknown,

    /// <summary>The server has no such object.</summary>
    ObjectUnknown,

    /// <summary>The request's values are not acceptable.</summary>
    ValueRefused,

    /// <summary>The server failed while it did what was asked.</summary>
    ServerFailed,

    /// <summary>The server is busy: ask again later.</summary>
    Busy,

    /// <summary>Accepted, and it takes longer: no refusal at all.</summary>
    Accepted,

    /// <summary>A gateway did not reach what lies behind it.</summary>
    Unreachable,

    /// <summary>The client has to prove first that it may: access has not been granted to it.</summary>
    AccessDenied,

    /// <summary>What the client showed as proof (key, password, certificate) was not accepted.</summary>
    CredentialWrong,

    /// <summary>Too many wrong proofs, or one too soon after them: the server does not look at another for now.</summary>
    TooManyAttempts,

    /// <summary>The client has to authenticate itself first.</summary>
    AuthenticationRequired,
}

/// <summary>What an exchange is in a procedure by which a client gains access.</summary>
public enum AccessStep : byte
{
    /// <summary>No part of one.</summary>
    None,

    /// <summary>Another session begins: a challenge that was handed out before is void.</summary>
    Session,

    /// <summary>The client asks for a challenge (a seed, a nonce).</summary>
    Challenge,

    /// <summary>The client shows the answer to a challenge, or a password; accepted, it has access.</summary>
    Credential,

    /// <summary>The client authenticates itself by certificate or proof of ownership; accepted, it has access.</summary>
    Authentication,
}

/// <summary>An event that a server reports: an alarm, a condition, an audit entry.</summary>
/// <param name="Severity">1 to 1,000, as OPC UA Part 5 §6.4.2 has it.</param>
/// <param name="Text">Its message; an empty text for none.</param>
public readonly record struct ReportedEvent(int Severity, string Text);

/// <summary>A broadcast message as somebody declared it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Bytes of payload.</param>
/// <param name="Cycle">How often it is sent, or null where that is not declared.</param>
public sealed record DeclaredMessage(string Name, int Bytes, TimeSpan? Cycle);

/// <summary>A signal within a broadcast message as somebody declared it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="StartBit">
/// As DBC files number bits: the least significant one of a little-endian signal, the most significant one of a big-endian one.
/// </param>
/// <param name="Length">Number of bits, 1 to 64.</param>
/// <param name="IsBigEndian">True for Motorola's order of bytes.</param>
/// <param name="IsSigned">True for two's complement.</param>
/// <param name="IsFloat">True for IEEE 754, 32 or 64 bits.</param>
/// <param name="Factor">Physical value = raw × factor + offset.</param>
/// <param name="Offset">See <paramref name="Factor"/>.</param>
/// <param name="Minimum">The least physical value; not below <paramref name="Maximum"/> where no range is declared.</param>
/// <param name="Maximum">The greatest.</param>
/// <param name="Unit">Its unit, or an empty text.</param>
/// <param name="Multiplexer">The signal that decides whether this one is in the frame, or null.</param>
/// <param name="MultiplexerValue">The raw value of it for which it is.</param>
public sealed record DeclaredSignal(
    string Name, int StartBit, int Length, bool IsBigEndian, bool IsSigned, bool IsFloat, double Factor, double Offset,
    double Minimum, double Maximum, string Unit, DeclaredSignal? Multiplexer, double? MultiplexerValue);

/// <summary>
/// An act on a device itself that is worth knowing about on any network: it is told to restart, to fall silent, to forget
/// its counters or its log.
/// </summary>
/// <param name="Code">The protocol's number of the operation, as in <see cref="Observation.Code"/>.</param>
/// <param name="SubCode">The number that refines it; null where any does.</param>
/// <param name="RequestData">
/// What the request has to begin with (<see cref="Observation.RequestData"/>), for acts that only their data tell
/// apart; empty where the numbers say enough.
/// </param>
/// <param name="CatalogueRow">The catalogue's row it belongs to.</param>
/// <param name="Text">A plain clause that completes "the client told the device to …".</param>
/// <param name="Reference">The specification's section.</param>
/// <param name="Kind">The catalogue's kind, where the row has several; null for the row's first.</param>
/// <param name="Restarts">True where the device, or what it talks with, starts anew.</param>
public sealed record ControlAct(
    short Code,
    int? SubCode,
    ReadOnlyMemory<byte> RequestData,
    string CatalogueRow,
    string Text,
    string Reference,
    string? Kind = null,
    bool Restarts = false);

/// <summary>
/// A protocol: recognises its own bytes, decodes them, and puts its observations into words and JSON. One
/// implementation a folder, registered in the <see cref="ProtocolRegistry"/>; nothing behind the observation switches
/// on a protocol. Stateless and thread-safe; the decoders it makes are not.
/// </summary>
public interface IProtocol
{
    /// <summary>Short name: <c>modbus</c>. Also the member of the JSON contract.</summary>
    string Name { get; }

    /// <summary>The name for people: <c>Modbus</c>.</summary>
    string DisplayName { get; }

    /// <summary>Ports registered for it by transport; a hint on roles, and what <see cref="Operation.ForeignProtocol"/> is judged by.</summary>
    IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts { get; }

    /// <summary>Its anomaly bits.</summary>
    IReadOnlyList<AnomalyDescriptor> Anomalies { get; }

    /// <summary>Its acts on a device itself that are worth knowing about on any network; none unless it names some.</summary>
    IReadOnlyList<ControlAct> ControlActs => [];

    /// <summary>
    /// The catalogue's row for somebody who tries out what servers of this protocol have, where there is one for it; null
    /// for the rows of every protocol.
    /// </summary>
    string? ProbingRow => null;

    /// <summary>
    /// Whether an operation is what any client of the protocol does as a matter of course: it changes nothing, and that a
    /// client does it for the first time is worth no alarm.
    /// </summary>
    bool IsOrdinary(short code, int subCode) => false;

    /// <summary>What an operation is in a procedure by which a client gains access.</summary>
    AccessStep AccessStepOf(short code, int subCode) => AccessStep.None;

    /// <summary>
    /// The challenge that an answered <see cref="AccessStep.Challenge"/> handed out; empty where it handed out none
    /// (access was granted already). Lies in the batch.
    /// </summary>
    ReadOnlySpan<byte> ChallengeOf(in Observation observation, ObservationBatch batch) => [];

    /// <summary>What a refusal's number (<see cref="Observation.Reason"/>) means in the words all protocols share.</summary>
    RefusalMeaning MeaningOf(int reason) => RefusalMeaning.Other;

    /// <summary>Whether these bytes are this protocol's, by structure; never by port alone.</summary>
    Claim Probe(in Probe probe);

    /// <summary>A decoder for a connection that was claimed. <paramref name="protocol"/> is the index for observations.</summary>
    IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant);

    /// <summary>What takes its messages on TCP and UDP apart, field by field; null where nothing does.</summary>
    IMessageDissector? Dissector => null;

    /// <summary>The standard's name of the operation: <c>ReadHoldingRegisters</c>.</summary>
    string OperationName(short code, int subCode);

    /// <summary>The operation for people: <c>read holding registers (function code 3)</c>.</summary>
    string OperationText(short code, int subCode);

    /// <summary>The target for people: <c>holding registers 0–9</c>; an empty text for none.</summary>
    string TargetText(Target target);

    /// <summary>A frame on a bus as logs write it (<c>1A0#0011</c>); an empty text where the protocol has none. Allocates.</summary>
    string FrameText(Target target, short code, int subCode, ReadOnlySpan<byte> payload) => "";

    /// <summary>What is declared of a broadcast message (a DBC file's entry), or null. Allocates.</summary>
    DeclaredMessage? Declared(Target target) => null;

    /// <summary>The signals that somebody declared of a broadcast message (a DBC file's entry); none where nobody did. Allocates.</summary>
    IReadOnlyList<DeclaredSignal> SignalsOf(Target target) => [];

    /// <summary>
    /// The number that a value of an encoding of the protocol's own is (<see cref="ValueEncoding.Variant"/>), 0 and 1 for
    /// booleans; false where it is none, or several. Allocates nothing.
    /// </summary>
    bool TryNumber(ValueSlice values, ObservationBatch batch, out double number)
    {
        number = 0;
        return false;
    }

    /// <summary>
    /// The target as a baseline keeps it, where its number alone says nothing to a person (an OPC UA NodeId:
    /// <c>ns=2;s=Tap</c>); null where the number is the name, or where the name was not kept.
    /// </summary>
    string? TargetKey(Target target) => null;

    /// <summary>The target of a key that <see cref="TargetKey"/> gave, in this or another run.</summary>
    bool TryParseTargetKey(ReadOnlySpan<char> key, out Target target)
    {
        target = Target.None;
        return false;
    }

    /// <summary>
    /// How the two sides of an observation that opens a channel or session, or says who somebody is, prove it and protect what
    /// they say: name and text of each fact (<c>client certificate</c>, a thumbprint). Allocates.
    /// </summary>
    IReadOnlyList<(string Name, string Value)> Credentials(in Observation observation, ObservationBatch batch) => [];

    /// <summary>
    /// Whether clients act in sessions, as users and applications, on objects by name: what they may do is then judged by
    /// session, method and object, and not by function code and range.
    /// </summary>
    bool HasSessions => false;

    /// <summary>The event that an observation reports, or null. Allocates.</summary>
    ReportedEvent? EventOf(in Observation observation, ObservationBatch batch) => null;

    /// <summary>Who <see cref="Observation.Actor"/> is, for people and for baselines; an empty text where that is not known.</summary>
    string ActorText(uint actor) => "";

    /// <summary>The secure channels seen so far; none where the protocol has no such thing. Read when all is decoded.</summary>
    IReadOnlyList<ChannelSummary> Channels => [];

    /// <summary>What its decoders counted, null where they count nothing beyond the network layer's counters.</summary>
    StageCounters? Counters => null;

    /// <summary>Why it was refused, for people: <c>exception 2, illegal data address</c>.</summary>
    string ReasonText(int reason);

    /// <summary>The addressed part of a server for people: <c>unit 1</c>; an empty text for none.</summary>
    string UnitText(short unit);

    /// <summary>Writes the protocol's own member of an observation's JSON: the value after <c>"modbus":</c>.</summary>
    void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch);

    /// <summary>
    /// Writes that member for the observations of one exchange: they differ in <see cref="Observation.Part"/>.
    /// </summary>
    void WriteJson(Utf8JsonWriter writer, ReadOnlySpan<Observation> parts, ObservationBatch batch) =>
        WriteJson(writer, in parts[0], batch);

    /// <summary>Values of an encoding of the protocol's own (<see cref="ValueEncoding.Variant"/>) for people. Allocates.</summary>
    string ValuesText(ValueSlice values, ObservationBatch batch) => "";

    /// <summary>What an answered <see cref="Operation.Identify"/> says of the device: name and text of each fact. Allocates.</summary>
    IReadOnlyList<(string Name, string Value)> Identity(in Observation observation, ObservationBatch batch) => [];
}
