using BenchmarkDotNet.Attributes;
using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.Modbus;
using OtGuard.Models;
using OtGuard.Models.MlNet;
using OtGuard.Models.Scoring;
using OtGuard.Models.Training;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Benchmarks;

/// <summary>What models a baseline has.</summary>
public enum ModelSite
{
    /// <summary>An hour of the simulated substation.</summary>
    Substation,

    /// <summary>Three minutes of a bus with forty identifiers of 10 to 100 ms.</summary>
    Bus,
}

/// <summary>
/// Training and judging by models: the time a pass over all observations kept takes, which their number, printed by the
/// set-up, makes nanoseconds an observation. "none" is the pass alone, to be taken off the others.
/// </summary>
[InProcess]
[WarmupCount(2)]
[IterationCount(8)]
[MemoryDiagnoser]
public class ModelBenchmarks
{
    private readonly List<FamilyWatch> _watches = [];
    private TrainingTrace _trace = null!;
    private Baseline _vocabulary = null!;
    private ProtocolRegistry _protocols = null!;

    /// <summary>What is judged.</summary>
    [Params(ModelSite.Substation, ModelSite.Bus)]
    public ModelSite Site { get; set; }

    /// <summary>The family that judges.</summary>
    [ParamsSource(nameof(Families))]
    public string Family { get; set; } = "";

    /// <summary>Each family, all of them, and none.</summary>
    public static IEnumerable<string> Families => ["none", .. ModelFamilies.All.Select(family => family.Name), "all"];

    [GlobalSetup]
    public void SetUp()
    {
        _protocols = new ProtocolRegistry(new ModbusProtocol(new ModbusOptions()), new CanProtocol());
        var learner = new BaselineLearner(_protocols, FrameSelection.All, new LearningOptions());
        if (Site == ModelSite.Substation) Substation(learner);
        else Bus(learner);
        _trace = learner.Trace;
        _vocabulary = learner.Complete(new MlNetTrainer(), progress: null, CancellationToken.None);
        _watches.Clear();
        foreach (var model in _vocabulary.Models.Models)
        {
            if (Family == "all" || model.Family == Family)
                _watches.Add(model.CreateWatch(new WatchContext(_protocols, _vocabulary, 0)));
        }

        Console.WriteLine($"{_trace.Count} observations, judged by {_watches.Count} of {_vocabulary.Models.Models.Count} families");
    }

    /// <summary>Shows every observation to the watches; the number of scores they gave.</summary>
    [Benchmark]
    public long Judge()
    {
        var pass = new Pass(_watches);
        _trace.Replay(pass);
        return pass.Scores;
    }

    private void Substation(BaselineLearner learner)
    {
        var path = Path.Combine(Path.GetTempPath(), $"otguard-bench-{Environment.ProcessId}.pcap");
        try
        {
            using (var file = File.Create(path))
            {
                new SubstationGenerator(new SubstationOptions { Duration = TimeSpan.FromHours(1) })
                    .Generate(new PcapWriter(file));
            }

            using var source = CaptureFiles.Open([path]);
            var traffic = new TrafficDecoder(_protocols, new TrafficOptions(), new ObservationBatch(learner));
            while (source.TryRead(out var frame)) traffic.Process(in frame);
            traffic.Finish();
        }
        finally
        {
            File.Delete(path);
        }
    }

    private void Bus(BaselineLearner learner)
    {
        var batch = new ObservationBatch(learner);
        var bus = NetworkAddress.FromCanChannel(0);
        var connection = new Connection(
            0, new Endpoint(bus, 0), new Endpoint(bus, 0), Transport.Can, new Conversation(0, bus, bus, Transport.Can, 0));
        var protocol = _protocols.IndexOf("can")!.Value;
        Span<byte> payload = stackalloc byte[8];
        for (var tick = 0; tick < 180_000; tick++)
        {
            for (var message = 0; message < 40; message++)
            {
                var period = 10 * (1 + (message % 10));
                if (tick % period != message * 7 % period) continue;
                payload[0] = (byte)(tick / period);
                payload[1] = (byte)(100 + (50 * Math.Sin(tick / 3000.0 + message)));
                batch.Reserve(payload.Length);
                batch.Add(new Observation
                {
                    Time = new CaptureTime((tick * 1_000_000L) + (message * 20_000)),
                    Connection = connection,
                    Protocol = protocol,
                    Operation = Operation.Broadcast,
                    Code = 8,
                    SubCode = 0,
                    Unit = -1,
                    Reason = -1,
                    LatencyNanoseconds = -1,
                    Target = new Target(TargetSpace.CanIdentifier, (uint)(0x100 + message), 1),
                    RequestData = batch.Store(payload),
                    RequestFrame = 1,
                });
            }
        }

        batch.Flush();
    }

    private sealed class Pass(List<FamilyWatch> watches) : ITraceConsumer
    {
        private readonly ScoreSheet _sheet = new();
        private long _nextAdvance = long.MinValue;

        public long Scores { get; private set; }

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                _sheet.Clear();
                if (observation.Time.UnixNanoseconds >= _nextAdvance)
                {
                    foreach (var watch in watches) watch.Advance(observation.Time, _sheet);
                    _nextAdvance = observation.Time.UnixNanoseconds + CaptureTime.NanosecondsPerSecond;
                }

                foreach (var watch in watches) watch.Observe(in observation, batch, _sheet);
                Scores += _sheet.Scores.Length;
            }
        }

        public void Break()
        {
            foreach (var watch in watches) watch.Break();
        }
    }
}
