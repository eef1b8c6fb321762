using BenchmarkDotNet.Attributes;
using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.Modbus;
using OtGuard.Detections;
using OtGuard.Models;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Benchmarks;

/// <summary>
/// The data path stage by stage: nanoseconds and bytes allocated per frame for reading, for reading and decoding, and for
/// reading, decoding, pairing and judging.
/// </summary>
/// <remarks>
/// The input is ten minutes of the simulated substation, or the capture named by OTGUARD_BENCH_CAPTURE; judged by a
/// baseline learned from itself, so that ordinary traffic is measured. Each invocation is a whole pass; what it allocates
/// at its start (tables, windows) is part of the figure, so allocation per frame falls with the capture's length.
/// </remarks>
[InProcess]
[MemoryDiagnoser]
public class DataPathBenchmarks
{
    private string _capture = "";
    private Baseline _baseline = null!;
    private bool _isOwn;

    /// <summary>Frames in the capture: set by the set-up, shown beside the results.</summary>
    public long Frames { get; private set; }

    [GlobalSetup]
    public void SetUp()
    {
        _capture = Environment.GetEnvironmentVariable("OTGUARD_BENCH_CAPTURE") ?? "";
        if (_capture.Length == 0)
        {
            _isOwn = true;
            _capture = Path.Combine(Path.GetTempPath(), $"otguard-bench-{Environment.ProcessId}.pcap");
            using var file = File.Create(_capture);
            new SubstationGenerator(new SubstationOptions { Duration = TimeSpan.FromMinutes(10) })
                .Generate(new PcapWriter(file));
        }

        var protocols = Protocols();
        var learner = new VocabularyLearner(protocols, FrameSelection.All, new LearningOptions());
        Frames = Pass(protocols, learner);
        _baseline = learner.Complete();
        Console.WriteLine($"{Frames} frames in {_capture}");
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        if (_isOwn) File.Delete(_capture);
    }

    [Benchmark]
    public long Read()
    {
        using var source = CaptureFiles.Open([_capture]);
        long bytes = 0;
        while (source.TryRead(out var frame)) bytes += frame.Data.Length;
        return bytes;
    }

    [Benchmark]
    public long ReadAndDecode() => Pass(Protocols(), new Nobody());

    [Benchmark]
    public int ReadDecodeAndJudge()
    {
        var protocols = Protocols();
        var deviations = new DeviationTable("benchmark", _baseline.ContentHash);
        var engine = new DetectionEngine(
            protocols, _baseline, DetectorRegistry.CreateAll(new DetectorOptions()), deviations, FrameSelection.All);
        Pass(protocols, engine);
        engine.Finish();
        return deviations.All.Count;
    }

    private static ProtocolRegistry Protocols() => new(new ModbusProtocol(new ModbusOptions()));

    private long Pass(ProtocolRegistry protocols, IObservationConsumer consumer)
    {
        using var source = CaptureFiles.Open([_capture]);
        var traffic = new TrafficDecoder(protocols, new TrafficOptions(), new ObservationBatch(consumer));
        long frames = 0;
        while (source.TryRead(out var frame))
        {
            traffic.Process(in frame);
            frames++;
        }

        traffic.Finish();
        return frames;
    }

    private sealed class Nobody : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
        }
    }
}
