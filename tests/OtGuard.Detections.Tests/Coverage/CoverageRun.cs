using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.Modbus;
using OtGuard.Models;
using OtGuard.Simulators.Wire;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>
/// Acts traffic out on the real path: frames, TCP reassembly, Modbus, learning, judging. No observation is made by hand.
/// </summary>
internal static class CoverageRun
{
    private const int LearnedSeconds = 120;
    private const int AroundSeconds = 20;

    /// <summary>The deviations of the case's positive.</summary>
    public static IReadOnlyList<Deviation> Positive(CoverageCase acted) => Judge(acted, acted.Act, learnedBeside: null);

    /// <summary>The deviations of its twin.</summary>
    public static IReadOnlyList<Deviation> Twin(CoverageCase acted) => Judge(acted, acted.ActTwin, acted.CleanForTwin);

    /// <summary>Learns the site's normal traffic and <paramref name="beside"/>.</summary>
    public static Baseline Learn(LearningOptions options, params IReadOnlyList<Action<CoverageSite>?> beside)
    {
        var protocols = Protocols();
        var learner = new VocabularyLearner(protocols, FrameSelection.All, options);
        var site = new CoverageSite(TimeSpan.Zero).Greet().Normal(LearnedSeconds / 2);
        foreach (var act in beside) act?.Invoke(site);
        site.Normal(LearnedSeconds / 2).Close();
        Decode(site, protocols, learner);
        return learner.Complete();
    }

    /// <summary>Judges normal traffic with <paramref name="act"/> in its midst by all detectors.</summary>
    public static IReadOnlyList<Deviation> Judge(Baseline? baseline, Action<CoverageSite> act, DetectorOptions options)
    {
        var protocols = Protocols();
        var deviations = new DeviationTable("test", baseline?.ContentHash);
        var engine = new DetectionEngine(
            protocols, baseline, DetectorRegistry.CreateAll(options), deviations, FrameSelection.All);
        var site = new CoverageSite(TimeSpan.FromHours(1)).Greet().Normal(AroundSeconds);
        act(site);
        site.Normal(AroundSeconds).Close();
        Decode(site, protocols, engine);
        engine.Finish();
        return deviations.All;
    }

    private static IReadOnlyList<Deviation> Judge(
        CoverageCase acted, Action<CoverageSite> act, Action<CoverageSite>? learnedBeside)
    {
        var baseline = acted.WithoutBaseline ? null : Learn(acted.Learning, acted.Clean, learnedBeside);
        return Judge(baseline, act, acted.Options);
    }

    /// <summary>The protocols of a run.</summary>
    public static ProtocolRegistry Protocols() => new(new ModbusProtocol(new ModbusOptions()));

    /// <summary>Decodes the site's capture and hands the observations on.</summary>
    public static void Decode(CoverageSite site, ProtocolRegistry protocols, IObservationConsumer consumer)
    {
        var decoder = new TrafficDecoder(protocols, new TrafficOptions(), new ObservationBatch(consumer));
        site.Capture.FlushAll(new DecoderSink(decoder));
        decoder.Finish();
    }

    private sealed class DecoderSink(TrafficDecoder decoder) : ICaptureSink
    {
        private long _number;

        public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth)
        {
            var captured = new CapturedFrame(
                new CaptureTime(unixNanoseconds), LinkType.Ethernet, 0, ++_number, frame, frame.Length);
            decoder.Process(in captured);
        }
    }
}
