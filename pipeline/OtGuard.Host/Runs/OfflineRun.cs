using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.CanEthernet;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Can.DoIp;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.Modbus;
using OtGuard.Collectors.OpcUa;
using OtGuard.Host.Live;
using OtGuard.Models;

namespace OtGuard.Host.Runs;

/// <summary>Is shown a frame, whose bytes are valid during the call alone.</summary>
internal delegate void FrameTap(in CapturedFrame frame);

/// <summary>
/// One pass over capture files: source, network layer, protocol decoders, and whoever takes the observations. All in
/// one thread, so that the same input gives the same output.
/// </summary>
internal sealed class OfflineRun : IDisposable
{
    /// <summary>Frames between two looks at the clock and at Ctrl-C: below a millisecond of work.</summary>
    private const int FramesPerTurn = 8192;

    /// <summary>Frames of a live source between two looks at its clock.</summary>
    private const int FramesPerLook = 64;

    /// <summary>
    /// How long frames of a live source are read before those who wait are told: half of what a quiet source is waited
    /// for, so that the verdict on a busy line comes as soon as on a quiet one.
    /// </summary>
    private static readonly TimeSpan LiveTurn = TimeSpan.FromMilliseconds(50);

    private readonly FrameInput _source;
    private readonly TrafficDecoder _traffic;
    private readonly CanTraffic _can;
    private readonly ObservationBatch _output;
    private readonly ProtocolRegistry _protocols;
    private readonly Progress? _progress;

    /// <summary>Opens the captures; a file that is none is refused here.</summary>
    /// <exception cref="UnreadableCaptureException">One of the files cannot be read or is no capture.</exception>
    public OfflineRun(
        IReadOnlyList<string> captures,
        ProtocolRegistry protocols,
        IObservationConsumer consumer,
        Progress? progress,
        CanColumns? columns = null)
    {
        _protocols = protocols;
        _source = FrameInput.Open(captures, new CaptureFileOptions { Columns = columns });
        // One batch, so that what is observed on networks and on buses comes in the order of the frames.
        var batch = _output = new ObservationBatch(consumer);
        var register = new ConversationRegister();
        _traffic = new TrafficDecoder(protocols, new TrafficOptions(), batch, register);
        _can = new CanTraffic(protocols, new CanOptions(), batch, register);
        if (protocols.IndexOf(CanEthernetProtocol.ProtocolName) is { } carrier)
            (protocols[carrier] as CanEthernetProtocol)?.UseTraffic(_can);
        _progress = progress;
    }

    /// <summary>The protocols that are decoded, learned and judged.</summary>
    /// <param name="database">Names and signals of CAN messages, where a DBC file gives them.</param>
    public static ProtocolRegistry Protocols(DbcDatabase? database = null)
    {
        var doip = new DoIpProtocol(new CanOptions());
        var protocols = new ProtocolRegistry(
            new ModbusProtocol(new ModbusOptions()), new OpcUaProtocol(new OpcUaOptions()), doip, new CanEthernetProtocol(),
            new CanProtocol(database), new UdsProtocol(), new J1939Protocol());
        doip.UseRegistry(protocols);
        return protocols;
    }

    /// <summary>What is read, with its notices and reports.</summary>
    public FrameInput Source => _source;

    /// <summary>The network layer, with conversations and counters.</summary>
    public TrafficDecoder Traffic => _traffic;

    /// <summary>The decoder of CAN frames, with the channels.</summary>
    public CanTraffic Can => _can;

    /// <summary>The counters of every stage, those of CAN and of protocols that have some where there was any.</summary>
    public IReadOnlyList<StageCounters> Stages
    {
        get
        {
            List<StageCounters> stages = [.. _traffic.Stages];
            for (byte index = 1; index <= _protocols.Count; index++)
                if (_protocols[index].Counters is { Received: > 0 } counters) stages.Add(counters);
            if (_can.FrameCounters.Received > 0) stages.AddRange(_can.Stages);
            return stages;
        }
    }

    /// <summary>Whose label column is read while the frames are; null where none is.</summary>
    public FrameLabels? Labels { get; set; }

    /// <summary>Is told how far time has come while nothing does; after whatever observations that gave.</summary>
    public Action<CaptureTime>? TimePassed { get; set; }

    /// <summary>Frames read so far.</summary>
    public long Frames { get; private set; }

    /// <summary>
    /// Called on the reading thread between frames: after some thousands of a file, and at least every fifth of a second
    /// with live sources, whether frames come or not.
    /// </summary>
    public Action? Turned { get; set; }

    /// <summary>Is shown each frame before it is decoded; null for nobody.</summary>
    public FrameTap? Tap { get; set; }

    /// <summary>Told of each frame with its conversation; null for nobody.</summary>
    public IFrameListener? FrameListener { set => _can.FrameListener = _traffic.FrameListener = value; }

    /// <summary>Reads everything.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C.</exception>
    public void ReadToEnd(CancellationToken cancellation, VerdictLog? verdicts = null)
    {
        if (verdicts is not null) FrameListener = new VerdictListener(verdicts);
        _source.StopWith(cancellation);
        var more = true;
        while (more)
        {
            if (!_source.IsLive) cancellation.ThrowIfCancellationRequested();
            more = ReadTurn();
            Turned?.Invoke();
            _progress?.Show(_source.Progress, Frames);
        }

        _traffic.Finish();
        _can.Finish();
        _progress?.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private bool ReadTurn()
    {
        var until = _source.IsLive ? _source.Now + LiveTurn : default;
        for (var i = 1; i <= FramesPerTurn; i++)
        {
            if (!_source.TryRead(out var frame)) return OnNoFrame();
            Frames++;
            Tap?.Invoke(in frame);
            Labels?.Take(Frames, _source.Label);
            if (frame.LinkType != LinkType.Ethernet && CanTraffic.Carries(in frame)) _can.Process(in frame);
            else _traffic.Process(in frame);
            if (_source.IsLive && i % FramesPerLook == 0 && _source.Now > until) break;
        }

        if (_source.IsLive) _output.Flush();
        return true;
    }

    /// <summary>True where frames may still come: nothing did for a while, and who waits for one learns the time.</summary>
    private bool OnNoFrame()
    {
        if (_source.HasEnded) return false;
        var now = _source.Now;
        _traffic.OnTime(now);
        _can.OnTime(now);
        _output.Flush();
        TimePassed?.Invoke(now);
        return true;
    }

    private sealed class VerdictListener(VerdictLog verdicts) : IFrameListener
    {
        public void OnFrame(long frame, CaptureTime time, Conversation? conversation) =>
            verdicts.OnFrame(frame, time, conversation);
    }
}

/// <summary>Hands each batch to several consumers in turn.</summary>
internal sealed class Fanout(params IReadOnlyList<IObservationConsumer> consumers) : IObservationConsumer
{
    private IObservationConsumer[] _consumers = [.. consumers];

    /// <summary>One more, the last.</summary>
    public void Add(IObservationConsumer consumer) => _consumers = [.. _consumers, consumer];

    public void Consume(ObservationBatch batch)
    {
        foreach (var consumer in _consumers) consumer.Consume(batch);
    }
}

/// <summary>Takes observations and does nothing with them: for runs that want the counters alone.</summary>
internal sealed class NoConsumer : IObservationConsumer
{
    public void Consume(ObservationBatch batch)
    {
    }
}
