using System.Buffers.Binary;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// From captured frames to observations: reads link and IP headers, follows connections, hands payload in order to the
/// protocol that recognises it, and observes the network itself.
/// </summary>
/// <remarks>
/// Not thread-safe. Nothing is allocated for a frame of a connection that is known. No input makes it throw; what cannot
/// be read is counted. All time is capture time, so the same frames give the same observations.
/// </remarks>
public sealed partial class TrafficDecoder
{
    private const long TickNanoseconds = CaptureTime.NanosecondsPerSecond;

    /// <summary>Connections looked at for idleness a second: the whole table once in about a minute.</summary>
    private const int SweepPerTick = 1024;

    private readonly TrafficOptions _options;
    private readonly ObservationBatch _output;
    private readonly FrameContext _frame = new();
    private readonly FlowTable _flows;
    private readonly ConversationRegister _register;
    private readonly ConversationTable _conversations;
    private readonly NetworkObserver _observer;
    private readonly FlowBinder _binder;
    private readonly StreamDelivery _delivery;
    private readonly TcpTracker _tcp;
    private readonly DuplicateFilter _duplicates;
    private readonly FragmentTable _fragments;
    private readonly NeighbourWatch _neighbours;
    private readonly StageCounters _linkCounters = new("link and IP");
    private readonly StageCounters _tcpCounters = new("TCP");
    private readonly StageCounters _decodingCounters = new("decoding");
    private long _tickedAt = long.MinValue;
    private long _received;
    private long _packets;
    private long _segments;

    /// <summary>Creates the decoder of one run.</summary>
    /// <param name="protocols">Who is asked about payload, in order.</param>
    /// <param name="options">Limits and times.</param>
    /// <param name="output">Takes the observations; flushed by <see cref="Finish"/>.</param>
    /// <param name="register">The run's conversations, where something else decodes in it too.</param>
    public TrafficDecoder(
        ProtocolRegistry protocols, TrafficOptions options, ObservationBatch output, ConversationRegister? register = null)
    {
        register ??= new ConversationRegister();
        _register = register;
        _options = options;
        _output = output;
        _flows = new FlowTable(options.MaximumConnections);
        _conversations = new ConversationTable(register, options);
        _observer = new NetworkObserver(output, _frame);
        var roles = new PortRoles(protocols);
        _binder = new FlowBinder(_frame, _conversations, _observer, roles, options);
        _delivery = new StreamDelivery(
            protocols, _frame, _binder, _observer, roles, output, options, _decodingCounters);
        _tcp = new TcpTracker(_frame, _flows, _binder, _delivery, _observer, options, _tcpCounters);
        _duplicates = new DuplicateFilter(options);
        _fragments = new FragmentTable(options, _linkCounters);
        _neighbours = new NeighbourWatch(_frame, _observer, _flows);
    }

    /// <summary>
    /// The conversations of the run, in the order they began; grows while frames are processed, and is thinned where
    /// there is no room (<see cref="TrafficOptions.MaximumConversations"/>).
    /// </summary>
    public IReadOnlyList<Conversation> Conversations => _register.Conversations;

    /// <summary>The same, with what is left of those that were forgotten.</summary>
    public ConversationRegister Register => _register;

    /// <summary>Frames received, packets handed on, what was left out or malformed in link and IP headers.</summary>
    public StageCounters LinkCounters => _linkCounters;

    /// <summary>The counters of every stage, in the order of the data path.</summary>
    public IReadOnlyList<StageCounters> Stages => [_linkCounters, _tcpCounters, _decodingCounters];

    /// <summary>Segments received, those with payload in order handed on, what was repeated or dropped.</summary>
    public StageCounters TcpCounters => _tcpCounters;

    /// <summary>Payloads received by protocols.</summary>
    public StageCounters DecodingCounters => _decodingCounters;

    /// <summary>Is told of every frame and its conversation; null costs nothing.</summary>
    public IFrameListener? FrameListener
    {
        get => _binder.Listener;
        set => _binder.Listener = value;
    }

    /// <summary>Takes the next frame. Keeps nothing of the span.</summary>
    public void Process(in CapturedFrame frame)
    {
        _received++;
        _frame.Number = frame.Number;
        _frame.Time = frame.Time;
        _frame.WireBytes = Math.Max(frame.OriginalLength, frame.Data.Length);
        _frame.IsCut = frame.OriginalLength > frame.Data.Length;
        _frame.HasMac = false;
        _frame.SourceMac = 0;
        _frame.IsDuplicate = false;

        // Unsigned, so that a clock that goes back counts as a tick too.
        if ((ulong)(frame.Time.UnixNanoseconds - _tickedAt) >= TickNanoseconds)
        {
            if (frame.Time.UnixNanoseconds < _tickedAt - _options.ClockStepBack.Ticks * 100) Restart();
            Tick();
        }

        _binder.Accounted = false;
        if (frame.LinkType == LinkType.Ethernet) ReadEthernet(frame.Data, depth: 0);
        else ReadOtherLink(frame.LinkType, frame.Data);
        if (_binder is { Accounted: false, Listener: { } listener }) listener.OnFrame(frame.Number, frame.Time, null);
    }

    /// <summary>
    /// Time has come so far, and no frame came since the last: who waits for one gives up. Observations made so are shown
    /// by the last frame of their own connection.
    /// </summary>
    /// <remarks>Of no effect before the first frame, or where frames are ahead of the time.</remarks>
    public void OnTime(CaptureTime now)
    {
        if (_received == 0 || now.UnixNanoseconds - _tickedAt < TickNanoseconds) return;
        _frame.Time = now;
        _frame.HasMac = false;
        _frame.IsDuplicate = false;
        Tick();
    }

    /// <summary>End of the capture: everything is closed, counters are complete, the observations are handed on.</summary>
    public void Finish()
    {
        _frame.HasMac = false;
        FlushFragments(all: true);
        foreach (var flow in _flows.Flows.ToArray()) _tcp.Retire(flow, captureEnded: true);
        PublishCounters();
        _output.Flush();
    }

    private void ReadEthernet(ReadOnlySpan<byte> data, int depth)
    {
        if (data.Length < 14)
        {
            _linkCounters.Fail("link header cut");
            return;
        }

        // Two overlapping reads of eight bytes are cheaper than four of six bytes' parts.
        _frame.DestinationMac = BinaryPrimitives.ReadUInt64BigEndian(data) >> 16;
        _frame.SourceMac = BinaryPrimitives.ReadUInt64BigEndian(data[6..]) >> 16;
        _frame.HasMac = true;
        ReadNetwork(BinaryPrimitives.ReadUInt16BigEndian(data[12..]), data, 14, depth);
    }

    private void ReadIPv4(ReadOnlySpan<byte> data, int depth)
    {
        var fault = IpPacket.TryReadV4(data, out var packet);
        if (fault != IpFault.None)
        {
            FailIp(fault);
            return;
        }

        if (packet.ChecksumWrong) _wrongHeaderSums++;
        if (packet.MissingTail > 0) NoteMissingTail(ref packet);

        // What follows the packet is padding, or the trailer of a redundant network.
        if (packet.Length < data.Length && depth == 0) ReadTrailer(data);
        ReadTransport(in packet, depth);
    }

    private void ReadTransport(in IpPacket packet, int depth)
    {
        _packets++;
        if (packet.IsFragment) ReadFragment(in packet, depth);
        else if (packet.Protocol == 6) ReadTcp(in packet);
        else ReadOtherTransport(in packet, depth);
    }

    private void ReadTcp(in IpPacket packet)
    {
        var data = packet.Payload;
        if (data.Length < 20)
        {
            ReadOtherIp(in packet, "TCP header cut");
            return;
        }

        var headerLength = data[12] >> 4 << 2;
        if (headerLength < 20 || headerLength > data.Length)
        {
            ReadOtherIp(in packet, "TCP header length wrong");
            return;
        }

        _segments++;
        var sequence = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        var acknowledgement = BinaryPrimitives.ReadUInt32BigEndian(data[8..]);
        if (_options.VerifyTransportChecksums) VerifyChecksum(in packet);
        var segment = new TcpSegment
        {
            Sequence = sequence,
            Acknowledgement = acknowledgement,
            Flags = (TcpFlags)data[13],
            Payload = data[headerLength..],
            MissingTail = packet.MissingTail,
            Signature = Signature(data, headerLength, packet.Identification),
        };
        var key = new FlowKey(
            packet.Kind, Transport.Tcp, packet.SourceHigh, packet.SourceLow, packet.DestinationHigh, packet.DestinationLow,
            BinaryPrimitives.ReadUInt32BigEndian(data));
        var flow = _flows.Find(in key, out var fromA);
        if (flow is null || flow.WasReset || (segment.Flags & TcpFlags.Syn) != 0)
            flow = _tcp.Open(flow, in key, in segment, ref fromA);
        _binder.Account(flow, fromA);
        if (_frame.IsDuplicate) _mirroredTwice++;
        else _tcp.Process(flow, fromA, in segment);
    }

    /// <summary>
    /// What two sightings of a packet share and two packets do not. Flags, window and time stamps are in it because
    /// offloading leaves the same checksum, and some stacks the same identification, in every packet.
    /// </summary>
    private static ulong Signature(ReadOnlySpan<byte> data, int headerLength, uint identification)
    {
        var numbers = BinaryPrimitives.ReadUInt64LittleEndian(data[4..]);
        var flags = BinaryPrimitives.ReadUInt64LittleEndian(data[12..]);
        var options = headerLength >= 32 ? BinaryPrimitives.ReadUInt64LittleEndian(data[24..]) : 0;
        return numbers * 0x9E37_79B9_7F4A_7C15
            ^ (flags + ((ulong)identification << 32 | (uint)data.Length)) * 0xD6E8_FEB8_6659_FD93
            ^ options * 0xA076_1D64_78BD_642F;
    }

    /// <summary>
    /// The clock stepped back: another recording begins, or the recorder's clock was set. What was followed is closed
    /// as at the end of a capture; sequence numbers, time-outs and duplicates of before mean nothing now.
    /// </summary>
    private void Restart()
    {
        if (_tickedAt == long.MinValue) return;
        _linkCounters.Note("clock stepped back");
        FlushFragments(all: true);
        foreach (var flow in _flows.Flows.ToArray()) _tcp.Retire(flow, captureEnded: true);
        _tcp.ForgetAttempts();
        _duplicates.Clear();
    }

    private void Tick()
    {
        _tickedAt = _frame.Time.UnixNanoseconds;
        _tcp.TickHandshakes();
        _tcp.Tick();
        _binder.Tick();
        _delivery.Tick(_frame.Time);
        FlushFragments(all: false);
        for (var i = Math.Min(SweepPerTick, _flows.Flows.Length); i > 0 && _flows.Flows.Length > 0; i--)
        {
            var flow = _flows.Next();
            var limit = flow.A is null ? _options.DatagramIdleTimeout
                : flow.State == TcpState.Closed ? _options.ClosedLinger
                : _options.TcpIdleTimeout;
            if (_frame.Time - flow.LastSeen <= limit) continue;
            if (flow.A is not null && flow.State != TcpState.Closed) _tcpCounters.Note("connection idle too long");
            _tcp.Retire(flow, captureEnded: false);
        }

        PublishCounters();
    }
}
