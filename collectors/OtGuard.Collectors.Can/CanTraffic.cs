using System.Buffers.Binary;
using OtGuard.Collectors.Can.Frames;
using OtGuard.Collectors.Can.IsoTp;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;

namespace OtGuard.Collectors.Can;

/// <summary>
/// From captured CAN frames to observations: one for each frame, and one for each diagnostic exchange and J1939 act
/// that the frames carry.
/// </summary>
/// <remarks>
/// Not thread-safe. Nothing is allocated for a frame of an identifier that is known. No input makes it throw; what
/// cannot be read is counted. All time is capture time. A frame's observation has the protocol <c>can</c>,
/// <see cref="Observation.Target"/> the identifier, <see cref="Observation.Code"/> the data length code,
/// <see cref="Observation.SubCode"/> the bits of <see cref="CanFrameKind"/>, <see cref="Observation.RequestData"/> the
/// payload. What frames carry follows the frame that completes it.
/// </remarks>
public sealed class CanTraffic
{
    private const ushort HardwareCan = 280;
    private const int CookedBytes = 16;
    private const int Cooked2Bytes = 20;
    private const ushort CookedClassic = 0x000C;
    private const ushort CookedFd = 0x000D;
    private const ushort CookedXl = 0x000E;

    private readonly CanOptions _options;
    private readonly ObservationBatch _output;
    private readonly StageCounters _frames = new("CAN frames");
    private readonly StageCounters _decoding = new("CAN decoding");
    private readonly List<CanChannel> _channels = [];
    private readonly Dictionary<int, CanChannel> _bySource = [];
    private int _lastSource = -1;
    private CanChannel? _lastChannel;
    private readonly ConversationRegister _register;
    private readonly UdsWriter _uds;
    private readonly byte _can;
    private readonly byte _j1939;

    /// <summary>Creates the decoder of one run.</summary>
    /// <param name="protocols">Has to hold <see cref="CanProtocol"/>, <see cref="UdsProtocol"/> and <see cref="J1939Protocol"/>.</param>
    /// <param name="options">Limits and times.</param>
    /// <param name="output">Takes the observations; flushed by <see cref="Finish"/>.</param>
    /// <param name="register">The run's conversations, where something else decodes in it too.</param>
    /// <exception cref="ArgumentException">One of the protocols is missing.</exception>
    public CanTraffic(
        ProtocolRegistry protocols, CanOptions options, ObservationBatch output, ConversationRegister? register = null)
    {
        _register = register ?? new ConversationRegister();
        _options = options;
        _output = output;
        _can = Index(protocols, "can");
        _j1939 = Index(protocols, J1939Protocol.ProtocolName);
        _uds = new UdsWriter(Index(protocols, UdsProtocol.ProtocolName), output);
    }

    /// <summary>Every conversation of the run, in the order they began: channels, diagnostic pairs, J1939 nodes.</summary>
    public IReadOnlyList<Conversation> Conversations => _register.Conversations;

    /// <summary>Is told of every frame and its conversation; null costs nothing.</summary>
    public IFrameListener? FrameListener { get; set; }

    /// <summary>The channels seen, by their number.</summary>
    public IReadOnlyList<CanChannel> Channels => _channels;

    /// <summary>Frames received and observed, and what could not be read.</summary>
    public StageCounters FrameCounters => _frames;

    /// <summary>What frames carried: diagnostic exchanges and J1939 acts, and what was given up.</summary>
    public StageCounters DecodingCounters => _decoding;

    /// <summary>The counters of every stage, in the order of the data path.</summary>
    public IReadOnlyList<StageCounters> Stages => [_frames, _decoding];

    /// <summary>Whether a frame is one of CAN: SocketCAN, or Linux cooked capture of a CAN interface.</summary>
    public static bool Carries(in CapturedFrame frame)
    {
        if (frame.LinkType == LinkType.SocketCan) return true;
        var data = frame.Data;
        if (frame.LinkType == LinkType.LinuxCooked)
            return data.Length >= CookedBytes && BinaryPrimitives.ReadUInt16BigEndian(data[2..]) == HardwareCan;
        return frame.LinkType == LinkType.LinuxCooked2 && data.Length >= Cooked2Bytes
            && BinaryPrimitives.ReadUInt16BigEndian(data[8..]) == HardwareCan;
    }

    /// <summary>Takes the next frame. Keeps nothing of the span.</summary>
    public void Process(in CapturedFrame frame)
    {
        _frames.Received++;
        var data = frame.Data;
        var fd = false;
        var cooked = frame.LinkType != LinkType.SocketCan;
        if (cooked && !Unwrap(frame, out data, out fd)) return;
        var channel = ChannelOf(frame.Source, frame.Bus, new Sighting(frame.Time, frame.Number));
        if (data.Length >= 4 && !channel.OrderIsKnown)
            channel.LearnOrder(BinaryPrimitives.ReadUInt32BigEndian(data), cooked);
        var fault = CanFrameView.TryRead(data, channel.IsLittleEndian, fd, out var view);
        if (fault != CanFrameFault.None)
        {
            Fail(fault);
            return;
        }

        channel.Count(frame.Time, frame.Number, Math.Max(frame.OriginalLength, frame.Data.Length));
        _frames.Emitted++;
        if ((view.Kind & (CanFrameKind.Error | CanFrameKind.Remote)) != 0)
        {
            Write(channel, view, frame.Time, frame.Number, isSegment: false);
            FrameListener?.OnFrame(frame.Number, frame.Time, channel.Whole.Conversation);
            return;
        }

        var sighting = new Sighting(frame.Time, frame.Number);
        var identifier = channel.Diagnostics.Find(view.Identifier);
        var isSegment = identifier.IsDiagnostic || (view.IsExtended && channel.J1939.IsTransport(view.Identifier));
        Write(channel, view, frame.Time, frame.Number, isSegment);
        channel.Diagnostics.Process(identifier, view, sighting, channel.Clock);
        if (view.IsExtended) channel.J1939.Process(view, sighting, channel.Clock);
        FrameListener?.OnFrame(
            frame.Number, frame.Time, (isSegment ? identifier.Connection : null)?.Conversation ?? channel.Whole.Conversation);
    }

    /// <summary>
    /// Takes a frame that a message of another protocol carried. Its source is a number of its own, for the sender, and
    /// its frame number that of the message, which may carry several: the listener is told of that by who decodes it.
    /// </summary>
    public void ProcessCarried(in CapturedFrame frame)
    {
        var listener = FrameListener;
        FrameListener = null;
        Process(in frame);
        FrameListener = listener;
    }

    /// <summary>Time has come so far without a frame: what waits longer than its time-out is given up.</summary>
    public void OnTime(CaptureTime now)
    {
        foreach (var channel in _channels)
        {
            channel.Advance(now);
            channel.Diagnostics.GiveUpOverdue(channel.Clock);
            channel.J1939.GiveUpOverdue(channel.Clock);
        }
    }

    /// <summary>End of the capture: what waits is written, counters are complete, the observations are handed on.</summary>
    public void Finish()
    {
        foreach (var channel in _channels)
        {
            channel.Diagnostics.Finish();
            channel.J1939.Finish();
        }

        _decoding.Received = _frames.Emitted;
        _decoding.Emitted = _uds.Written;
        _output.Flush();
    }

    internal Connection Open(CanChannel channel, NetworkAddress client, NetworkAddress server, string? name, Sighting first)
    {
        var conversation = _register.Open(client, server, Transport.Can, (ushort)channel.Channel, first.Time);
        conversation.ProtocolName = name;
        var connection = new Connection(
            _register.NextConnection(), new Endpoint(client, 0), new Endpoint(server, 0), Transport.Can, conversation)
        {
            FirstSeen = first.Time,
            FirstFrame = first.Frame,
            RoleEvidence = RoleEvidence.Structure,
        };
        _output.Add(new Observation
        {
            Time = first.Time,
            Connection = connection,
            Protocol = ProtocolRegistry.Network,
            Operation = Operation.ConversationStarted,
            Code = -1,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            LatencyNanoseconds = -1,
            RequestFrame = first.Frame,
        });
        return connection;
    }

    private static byte Index(ProtocolRegistry protocols, string name) =>
        protocols.IndexOf(name) ?? throw new ArgumentException($"The protocol '{name}' is not registered.", nameof(protocols));

    private bool Unwrap(scoped in CapturedFrame frame, out ReadOnlySpan<byte> data, out bool fd)
    {
        data = frame.Data;
        fd = false;
        if (!Carries(frame))
        {
            _frames.Drop("not a CAN frame");
            return false;
        }

        var second = frame.LinkType == LinkType.LinuxCooked2;
        var kind = BinaryPrimitives.ReadUInt16BigEndian(second ? data : data[14..]);
        data = data[(second ? Cooked2Bytes : CookedBytes)..];
        fd = kind == CookedFd;
        if (kind is CookedClassic or CookedFd) return true;
        _frames.Drop(kind == CookedXl ? "CAN XL frame" : "not a CAN frame");
        return false;
    }

    private void Fail(CanFrameFault fault)
    {
        switch (fault)
        {
            case CanFrameFault.None:
                break;
            case CanFrameFault.HeaderCut:
                _frames.Fail("header cut");
                break;
            case CanFrameFault.LengthInvalid:
                _frames.Fail("length above that of the longest frame");
                break;
            case CanFrameFault.PayloadCut:
                _frames.Fail("payload cut");
                break;
            case CanFrameFault.Xl:
                _frames.Drop("CAN XL frame");
                break;
        }
    }

    /// <summary>Whether the writer of a source (<see cref="CapturedFrame.Source"/>) left identifiers in a host's order.</summary>
    public bool IsLittleEndian(int source) => _bySource.TryGetValue(source, out var channel) && channel.IsLittleEndian;

    /// <summary>The channel of a source, or null where nothing was heard of it.</summary>
    internal CanChannel? Find(int source) => _bySource.GetValueOrDefault(source);

    private CanChannel ChannelOf(int source, int bus, Sighting first)
    {
        if (source == _lastSource) return _lastChannel!;
        if (!_bySource.TryGetValue(source, out var channel))
        {
            if (_channels.Count >= _options.MaximumChannels)
            {
                _frames.Note("channel beyond the limit");
                return _channels[^1];
            }

            channel = new CanChannel(NumberOf(bus), this, _options, _uds, _j1939, _output, _decoding, first);
            _channels.Add(channel);
            _bySource.Add(source, channel);
        }

        _lastSource = source;
        return _lastChannel = channel;
    }

    // The number the recorder gives, where no other channel has it; else the first free one.
    private int NumberOf(int bus)
    {
        var number = bus >= 0 && _channels.TrueForAll(channel => channel.Channel != bus) ? bus : 0;
        while (_channels.Exists(channel => channel.Channel == number)) number++;
        return number;
    }

    private void Write(CanChannel channel, in CanFrameView view, CaptureTime time, long number, bool isSegment)
    {
        var anomalies = CanAnomaly.None;
        if (view.Kind >= CanFrameKind.Remote || view.Dlc > 8) anomalies = Judge(view);
        _output.Reserve(CanFrameView.MaximumPayloadBytes);
        _output.Add(new Observation
        {
            Time = time,
            Connection = channel.Whole,
            Protocol = _can,
            Operation = isSegment ? Operation.Segment
                : view.IsRemote ? Operation.Read : view.IsError ? Operation.Diagnose : Operation.Broadcast,
            Code = view.Dlc,
            SubCode = (int)view.Kind,
            Unit = -1,
            Reason = -1,
            Target = new Target(TargetSpace.CanIdentifier, view.Identifier, 1),
            LatencyNanoseconds = -1,
            Anomalies = (ulong)anomalies,
            RequestData = _output.Store(view.Payload),
            RequestFrame = number,
        });
    }

    private static CanAnomaly Judge(in CanFrameView view)
    {
        var anomalies = CanAnomaly.None;
        if (view.IsFd)
        {
            if (!CanLength.IsPossible(view.Length)) anomalies |= CanAnomaly.FdLengthImpossible;
            if (view.IsRemote) anomalies |= CanAnomaly.RemoteFrameWithFd;
            if ((view.Kind & CanFrameKind.ErrorStateIndicator) != 0) anomalies |= CanAnomaly.SenderErrorPassive;
        }
        else if (view.Dlc > 8)
        {
            anomalies |= CanAnomaly.DataLengthCodeAboveEight;
        }

        if (!view.IsError) return anomalies;

        // linux/can/error.h: classes of the identifier, details in the payload.
        const uint controller = 0x4;
        const uint busOff = 0x40;
        anomalies |= CanAnomaly.ErrorFrame;
        if ((view.Identifier & busOff) != 0) anomalies |= CanAnomaly.BusOff;
        if ((view.Identifier & controller) != 0 && view.Payload.Length > 1 && (view.Payload[1] & 0x30) != 0)
            anomalies |= CanAnomaly.ErrorPassive;
        return anomalies;
    }
}

/// <summary>What is known of one channel.</summary>
public sealed class CanChannel : IConnectionSource
{
    private readonly CanTraffic _traffic;
    private readonly long _step;
    private long _lastNanoseconds;

    internal CanChannel(
        int number,
        CanTraffic traffic,
        CanOptions options,
        UdsWriter uds,
        byte j1939,
        ObservationBatch output,
        StageCounters counters,
        Sighting first)
    {
        _traffic = traffic;
        _step = options.ClockStep.Ticks * 100;
        _lastNanoseconds = first.Time.UnixNanoseconds;
        Channel = number;
        var address = NetworkAddress.FromCanChannel(number);
        Whole = traffic.Open(this, address, address, "can", first);
        Diagnostics = new DiagnosticChannel(options, this, uds, counters);
        J1939 = new J1939Channel(j1939, options, this, output, counters);
    }

    /// <summary>
    /// Its number from 0: that by which the recorder calls it (<see cref="CapturedFrame.Bus"/>), or the first free one in
    /// the order in which channels were first heard.
    /// </summary>
    public int Channel { get; }

    /// <summary>The connection that stands for the whole bus.</summary>
    public Connection Whole { get; }

    /// <summary>Whether the bus speaks J1939, as far as its frames have shown.</summary>
    public bool IsJ1939 => J1939.IsJ1939;

    /// <summary>Diagnostic pairs found so far: request and response identifier, bit 31 set for 29 bits.</summary>
    public IEnumerable<(uint Request, uint Response)> DiagnosticPairs => Diagnostics.Pairs;

    /// <summary>Whether the writer of the capture left identifiers in the order of a little-endian host.</summary>
    public bool IsLittleEndian { get; private set; }

    /// <summary>
    /// Nanoseconds the bus has been seen for: capture time without the steps back and the great ones forward, so that
    /// frames stamped by two clocks do not make everything run out.
    /// </summary>
    internal long Clock { get; private set; }

    internal bool OrderIsKnown { get; private set; }

    internal DiagnosticChannel Diagnostics { get; }

    internal J1939Channel J1939 { get; }

    Connection IConnectionSource.Open(NetworkAddress client, NetworkAddress server, string protocolName, Sighting first) =>
        _traffic.Open(this, client, server, protocolName, first);

    /// <summary>
    /// Link type 227 has its identifiers in network order, and files whose writers forgot that exist, as do cooked
    /// captures. Until a frame can be only one of both, the usual one is taken.
    /// </summary>
    internal void LearnOrder(uint word, bool cooked)
    {
        var network = CanFrameView.IsPlausible(word);
        var host = CanFrameView.IsPlausible(BinaryPrimitives.ReverseEndianness(word));
        IsLittleEndian = network == host ? cooked : host;
        OrderIsKnown = network != host;
    }

    internal void Count(CaptureTime time, long number, int bytes)
    {
        Advance(time);
        var conversation = Whole.Conversation;
        conversation.LastSeen = time;
        conversation.FromClient.Frames++;
        conversation.FromClient.Bytes += bytes;
        conversation.Frames.Add(number);
    }

    internal void Advance(CaptureTime time)
    {
        // Unsigned, so that a step back is a great one too.
        var step = (ulong)(time.UnixNanoseconds - _lastNanoseconds);
        if (step <= (ulong)_step) Clock += (long)step;
        _lastNanoseconds = time.UnixNanoseconds;
    }
}
