using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Can.DoIp;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.Modbus;
using OtGuard.Collectors.OpcUa;
using OtGuard.Models;

namespace OtGuard.Host.Runs;

/// <summary>
/// One pass over capture files: source, network layer, protocol decoders, and whoever takes the observations. All in
/// one thread, so that the same input gives the same output.
/// </summary>
internal sealed class OfflineRun : IDisposable
{
    /// <summary>Frames between two looks at the clock and at Ctrl-C: below a millisecond of work.</summary>
    private const int FramesPerTurn = 8192;

    private readonly CaptureFileSource _source;
    private readonly TrafficDecoder _traffic;
    private readonly CanTraffic? _can;
    private readonly ProtocolRegistry _protocols;
    private readonly Progress? _progress;

    /// <summary>Opens the captures; a file that is none is refused here.</summary>
    /// <exception cref="UnreadableCaptureException">One of the files cannot be read or is no capture.</exception>
    public OfflineRun(
        IReadOnlyList<string> captures,
        ProtocolRegistry protocols,
        IObservationConsumer consumer,
        Progress? progress,
        IObservationConsumer? canConsumer = null,
        CaptureFileOptions? options = null)
    {
        _source = CaptureFiles.Open(captures, options);
        _protocols = protocols;
        if (canConsumer is not null)
            _can = new CanTraffic(protocols, new CanOptions(), new ObservationBatch(canConsumer));
        _traffic = new TrafficDecoder(protocols, new TrafficOptions(), new ObservationBatch(consumer));
        _progress = progress;
    }

    /// <summary>The protocols that are learned and judged.</summary>
    public static ProtocolRegistry Protocols() => new(new ModbusProtocol(new ModbusOptions()));

    /// <summary>The protocols that are decoded: those that are judged, and what vehicles speak.</summary>
    public static ProtocolRegistry DecodedProtocols(DbcDatabase? database)
    {
        var doip = new DoIpProtocol(new CanOptions());
        var protocols = new ProtocolRegistry(
            new ModbusProtocol(new ModbusOptions()), new OpcUaProtocol(new OpcUaOptions()), doip, new CanProtocol(database),
            new UdsProtocol(), new J1939Protocol());
        doip.UseRegistry(protocols);
        return protocols;
    }

    /// <summary>The frame source, with its notices and reports.</summary>
    public CaptureFileSource Source => _source;

    /// <summary>The network layer, with conversations and counters.</summary>
    public TrafficDecoder Traffic => _traffic;

    /// <summary>The counters of every stage, those of CAN and of protocols that have some where there was any.</summary>
    public IReadOnlyList<StageCounters> Stages
    {
        get
        {
            List<StageCounters> stages = [.. _traffic.Stages];
            for (byte index = 1; index <= _protocols.Count; index++)
                if (_protocols[index].Counters is { Received: > 0 } counters) stages.Add(counters);
            if (_can is { FrameCounters.Received: > 0 } can) stages.AddRange(can.Stages);
            return stages;
        }
    }

    /// <summary>CAN frames that this run does nothing with but count.</summary>
    public long CanFramesLeftOut => _traffic.LinkCounters.Dropped.GetValueOrDefault("CAN frame");

    /// <summary>Frames read so far.</summary>
    public long Frames { get; private set; }

    /// <summary>Reads everything.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C.</exception>
    public void ReadToEnd(CancellationToken cancellation, VerdictLog? verdicts = null)
    {
        if (verdicts is not null) _traffic.FrameListener = new VerdictListener(verdicts);
        var more = true;
        while (more)
        {
            cancellation.ThrowIfCancellationRequested();
            more = ReadTurn();
            _progress?.Show(_source.Progress, Frames);
        }

        _traffic.Finish();
        _can?.Finish();
        _progress?.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private bool ReadTurn()
    {
        for (var i = 0; i < FramesPerTurn; i++)
        {
            if (!_source.TryRead(out var frame)) return false;
            Frames++;
            if (_can is not null && frame.LinkType != LinkType.Ethernet && CanTraffic.Carries(in frame)) _can.Process(in frame);
            else _traffic.Process(in frame);
        }

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
    public void Consume(ObservationBatch batch)
    {
        foreach (var consumer in consumers) consumer.Consume(batch);
    }
}

/// <summary>Takes observations and does nothing with them: for runs that want the counters alone.</summary>
internal sealed class NoConsumer : IObservationConsumer
{
    public void Consume(ObservationBatch batch)
    {
    }
}
