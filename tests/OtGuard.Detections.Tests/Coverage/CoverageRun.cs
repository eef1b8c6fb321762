using System.Collections.Concurrent;
using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.DoIp;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.Modbus;
using OtGuard.Collectors.OpcUa;
using OtGuard.Models;
using OtGuard.Models.MlNet;
using OtGuard.Models.Training;
using OtGuard.Simulators.Wire;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>
/// Acts traffic out on the real path: frames, TCP reassembly, protocols, learning, judging. No observation is made by hand.
/// </summary>
internal static class CoverageRun
{
    private const int LearnedSeconds = 120;
    private const int AroundSeconds = 20;

    /// <summary>Baselines of nothing but normal traffic, which several cases share: training takes seconds.</summary>
    private static readonly ConcurrentDictionary<(CoverageNetwork Network, int Seconds, LearningOptions Learning), Lazy<Baseline>>
        WithModels = [];

    /// <summary>The deviations of the case's positive.</summary>
    public static IReadOnlyList<Deviation> Positive(CoverageCase acted) => Judge(acted, acted.Act, learnedBeside: null);

    /// <summary>The deviations of its twin.</summary>
    public static IReadOnlyList<Deviation> Twin(CoverageCase acted) => Judge(acted, acted.ActTwin, acted.CleanForTwin);

    /// <summary>Learns the site's normal traffic and <paramref name="beside"/>.</summary>
    public static Baseline Learn(LearningOptions options, params IReadOnlyList<Action<CoverageSite>?> beside) =>
        Learn(CoverageNetwork.Plant, options, beside);

    /// <summary>Learns the normal traffic of a site of that kind and <paramref name="beside"/>.</summary>
    public static Baseline Learn(
        CoverageNetwork network, LearningOptions options, params IReadOnlyList<Action<CoverageSite>?> beside) =>
        Learn(network, options, withModelsFrom: null, beside);

    private static Baseline Learn(
        CoverageNetwork network, LearningOptions options, int? withModelsFrom, params IReadOnlyList<Action<CoverageSite>?> beside)
    {
        var protocols = Protocols();
        var learner = new BaselineLearner(protocols, FrameSelection.All, options);
        var seconds = withModelsFrom ?? LearnedSeconds;
        var site = new CoverageSite(TimeSpan.Zero, network).Greet().Normal(seconds / 2);
        foreach (var act in beside) act?.Invoke(site);
        site.Normal(seconds / 2).Close();
        Decode(site, protocols, learner);
        return learner.Complete(withModelsFrom is null ? null : new MlNetTrainer(), progress: null, CancellationToken.None);
    }

    /// <summary>Judges normal traffic with <paramref name="act"/> in its midst by all detectors.</summary>
    public static IReadOnlyList<Deviation> Judge(
        Baseline? baseline,
        Action<CoverageSite> act,
        DetectorOptions options,
        CoverageNetwork network = CoverageNetwork.Plant)
    {
        var protocols = Protocols();
        var deviations = new DeviationTable("test", baseline?.ContentHash);
        var engine = new DetectionEngine(
            protocols, baseline, DetectorRegistry.CreateAll(options), deviations, FrameSelection.All);
        var site = new CoverageSite(TimeSpan.FromHours(1), network).Greet().Normal(AroundSeconds);
        act(site);
        site.Normal(AroundSeconds).Close();
        Decode(site, protocols, engine);
        engine.Finish();
        return deviations.All;
    }

    private static IReadOnlyList<Deviation> Judge(
        CoverageCase acted, Action<CoverageSite> act, Action<CoverageSite>? learnedBeside)
    {
        var isPlain = acted.Clean is null && learnedBeside is null && acted.LearnedSeconds is not null;
        var baseline = acted.WithoutBaseline ? null
            : isPlain ? WithModels.GetOrAdd(
                (acted.Network, acted.LearnedSeconds!.Value, acted.Learning),
                static plain => new Lazy<Baseline>(() => Learn(plain.Network, plain.Learning, plain.Seconds))).Value
            : Learn(acted.Network, acted.Learning, acted.LearnedSeconds, acted.Clean, learnedBeside);
        return Judge(baseline, act, acted.Options, acted.Network);
    }

    /// <summary>The protocols of a run.</summary>
    public static ProtocolRegistry Protocols()
    {
        var doip = new DoIpProtocol(new CanOptions());
        var protocols = new ProtocolRegistry(
            new ModbusProtocol(new ModbusOptions()), new OpcUaProtocol(new OpcUaOptions()), doip, new CanProtocol(), new UdsProtocol(), new J1939Protocol());
        doip.UseRegistry(protocols);
        return protocols;
    }

    /// <summary>Decodes the site's capture and hands the observations on: Ethernet and bus in the order of time.</summary>
    public static void Decode(CoverageSite site, ProtocolRegistry protocols, IObservationConsumer consumer)
    {
        var batch = new ObservationBatch(consumer);
        var register = new ConversationRegister();
        var traffic = new TrafficDecoder(protocols, new TrafficOptions(), batch, register);
        var can = new CanTraffic(protocols, new CanOptions(), batch, register);
        var frames = new FrameList();
        frames.LinkType = LinkType.Ethernet;
        site.Capture.FlushAll(frames);
        frames.LinkType = LinkType.SocketCan;
        site.Bus.FlushTo(frames);
        var number = 0;
        foreach (var (time, linkType, bytes) in frames.Frames.OrderBy(frame => frame.Time))
        {
            var captured = new CapturedFrame(new CaptureTime(time), linkType, 0, ++number, bytes, bytes.Length);
            if (linkType == LinkType.SocketCan) can.Process(in captured);
            else traffic.Process(in captured);
        }

        traffic.Finish();
        can.Finish();
    }

    private sealed class FrameList : ICaptureSink
    {
        public LinkType LinkType { get; set; }

        public List<(long Time, LinkType LinkType, byte[] Bytes)> Frames { get; } = [];

        public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth) =>
            Frames.Add((unixNanoseconds, LinkType, frame.ToArray()));
    }
}
