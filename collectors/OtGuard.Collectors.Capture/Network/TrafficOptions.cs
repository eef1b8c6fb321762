namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// Limits and times of the way from frames to bytes in order. Every limit has a default that fits a sensor with a few
/// hundred MiB; whatever a limit turns away is counted. Times are capture time.
/// </summary>
public sealed record TrafficOptions
{
    /// <summary>
    /// Connections tracked at a time (TCP, UDP, IP and link). 65,536 holds a scan of every port of a host; beyond it the
    /// one idle for longest among a sample is given up.
    /// </summary>
    public int MaximumConnections { get; init; } = 65_536;

    /// <summary>
    /// Conversations kept in a run. Control networks have hundreds; beyond it those silent for longest are forgotten,
    /// and where none has been silent for <see cref="ConversationIdleTimeout"/>, what is new is counted under one
    /// catch-all a transport.
    /// </summary>
    public int MaximumConversations { get; init; } = 65_536;

    /// <summary>
    /// How long a conversation has to be silent to be forgotten where there is no room: twice
    /// <see cref="TcpIdleTimeout"/>, so that no connection of it is left.
    /// </summary>
    public TimeSpan ConversationIdleTimeout { get; init; } = TimeSpan.FromHours(2);

    /// <summary>
    /// How long a SYN waits for its answer before it counts as unanswered: above the first retransmissions after one
    /// and three seconds (RFC 6298), below what an operator calls a hang.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>When a silent TCP connection is forgotten: an hour outlives the slowest polling.</summary>
    public TimeSpan TcpIdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>When a silent UDP, IP or link exchange is forgotten: the usual five minutes of address translators.</summary>
    public TimeSpan DatagramIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a closed connection still takes late segments: twice the usual segment lifetime of 30 s.</summary>
    public TimeSpan ClosedLinger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Out-of-order bytes held for one connection: a full window of an ordinary sender.</summary>
    public int MaximumReorderBytesPerConnection { get; init; } = 256 * 1024;

    /// <summary>Out-of-order segments held for one connection, so that a flood of single bytes stays cheap.</summary>
    public int MaximumReorderSegments { get; init; } = 256;

    /// <summary>Out-of-order bytes held in total.</summary>
    public int MaximumReorderBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// How long bytes that the receiver acknowledged may still come late (a mirror that reorders directions) before
    /// they count as missing from the capture.
    /// </summary>
    public TimeSpan HolePatience { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a hole that nobody acknowledged waits for its retransmission: twice RFC 6298's first second.</summary>
    public TimeSpan HoleTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The farthest a segment may lie from the expected sequence number; beyond it, it belongs to another connection or
    /// to nobody. 16 MiB is above any window in use on such networks.
    /// </summary>
    public int MaximumWindowBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// Memory for the last 2 KiB delivered in each direction, by which a segment sent again is compared with what was
    /// seen first. 8 MiB serve 2,048 connections; those beyond are not compared, and counted.
    /// </summary>
    public int MaximumHistoryBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Bytes of one direction kept while no protocol has said yes or no.</summary>
    public int MaximumProbeBytes { get; init; } = 4096;

    /// <summary>Segments or datagrams with payload that are probed before a connection's protocol counts as unknown.</summary>
    public int MaximumProbeSegments { get; init; } = 8;

    /// <summary>
    /// Frames of a connection joined midway held back until its roles are known, so that they are counted for the right
    /// conversation. Enough for the segments probed with their acknowledgements.
    /// </summary>
    public int MaximumHeldFrames { get; init; } = 64;

    /// <summary>How long frames are held back at most before the ports decide on the roles.</summary>
    public TimeSpan RoleTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many advances of the acknowledgement number, without a single frame from the side acknowledged, show that the
    /// capture holds one direction only. Three are beyond a lost or late frame.
    /// </summary>
    public int OneSidedAdvances { get; init; } = 3;

    /// <summary>
    /// How long after its last data a decoder is still told the time, so that what waits for an answer is given up:
    /// beyond any decoder's own time-out.
    /// </summary>
    public TimeSpan DecoderTimeAfterData { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How far the clock has to step back for a new recording to begin. Interfaces of one recording are merged to within
    /// milliseconds, and a clock kept by NTP is corrected by less; files read one after the other overlap by more.
    /// </summary>
    public TimeSpan ClockStepBack { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Encapsulations unwrapped in one frame: a mirror session of an overlay network needs two.</summary>
    public int MaximumTunnelDepth { get; init; } = 4;

    /// <summary>IP datagrams reassembled from fragments at a time.</summary>
    public int MaximumFragmentedDatagrams { get; init; } = 256;

    /// <summary>Bytes of fragments held in total.</summary>
    public int MaximumFragmentBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long a datagram waits for its fragments: the 30 s of common stacks (RFC 8200 §4.5 allows 60).</summary>
    public TimeSpan FragmentTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Within this time an identical packet (same IP identification, sequence numbers, checksum, length) is the same
    /// one mirrored twice. Mirrors add micro- to milliseconds; retransmissions start at 200 ms.
    /// </summary>
    public TimeSpan DuplicateWindow { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// The same for frames that carry a PRP or HSR sequence number: EntryForgetTime of IEC 62439-3:2016, 400 ms.
    /// </summary>
    public TimeSpan RedundancyWindow { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>
    /// Whether checksums of TCP and UDP are verified and counted; nothing is dropped for them, as offloading makes them
    /// wrong on healthy networks. On: about 8 ns for a frame of 100 bytes, a tenth of what merely reading it costs. IPv4
    /// header checksums are always verified.
    /// </summary>
    public bool VerifyTransportChecksums { get; init; } = true;
}
