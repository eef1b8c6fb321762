using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Output;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Runs;

/// <summary>Something planted in a scene.</summary>
/// <param name="Event">What.</param>
/// <param name="At">How long after the beginning; null for the moment that suits it.</param>
/// <param name="Strength">How strongly.</param>
internal sealed record Planting(IPlantedEvent Event, TimeSpan? At = null, Strength? Strength = null);

/// <summary>
/// A simulated site to learn from and to judge: normal life first, then, later and of another seed, life with events
/// planted.
/// </summary>
internal abstract class SimulatedScene
{
    /// <summary>What it shows.</summary>
    public abstract string Site { get; }

    /// <summary>How its captures end.</summary>
    public abstract string Extension { get; }

    /// <summary>Ends writing early when cancelled; what was written is of no use then.</summary>
    public CancellationToken Stop { get; set; }

    /// <summary>Virtual time that is learned from.</summary>
    public required TimeSpan LearningTime { get; init; }

    /// <summary>Writes normal life into a file and returns its summary.</summary>
    public abstract CaptureSummary WriteNormal(string path, int seed);

    /// <summary>Writes life after that with events planted.</summary>
    public abstract PlantedCapture WritePlanted(
        string path, int seed, TimeSpan duration, params IReadOnlyList<Planting> plan);

    /// <summary>True where an event belongs to this scene.</summary>
    public abstract bool Fits(IPlantedEvent planted);

    protected static FileStream Create(string path) =>
        new(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 18);

    /// <summary>The events by the names they have in a summary: a second one of a kind is numbered.</summary>
    protected static IReadOnlyDictionary<string, IPlantedEvent> Names(
        CaptureSummary summary, IReadOnlyList<Planting> plan) =>
        summary.Events.ToDictionary(
            planted => planted.Truth.Event,
            planted => plan.First(entry =>
                planted.Truth.Event == entry.Event.Name
                || planted.Truth.Event.StartsWith(entry.Event.Name + "-", StringComparison.Ordinal)
                    && int.TryParse(planted.Truth.Event.AsSpan(entry.Event.Name.Length + 1), out _)).Event);
}

/// <summary>The substation, polled as in the demonstration.</summary>
internal sealed class SubstationScene : SimulatedScene
{
    public override string Site => "substation";

    public override string Extension => ".pcap";

    public override bool Fits(IPlantedEvent planted) => planted is IAttack;

    public override CaptureSummary WriteNormal(string path, int seed)
    {
        using var stream = Create(path);
        return new SubstationGenerator(DemoScenario.Substation(seed) with { Duration = LearningTime }) { Stop = Stop }
            .Generate(new PcapWriter(stream));
    }

    public override PlantedCapture WritePlanted(
        string path, int seed, TimeSpan duration, params IReadOnlyList<Planting> plan)
    {
        var options = DemoScenario.Substation(seed);
        options = options with { Start = options.Start + LearningTime.Ticks * 100, Duration = duration };
        var frames = new PlantedFrames();
        using var stream = Create(path);
        var summary = new SubstationGenerator(options) { Stop = Stop }.Generate(
            frames.Of(new PcapWriter(stream)),
            [.. plan.Select(entry => new PlannedEvent(entry.At ?? duration / 2, (IAttack)entry.Event, entry.Strength))]);
        return new PlantedCapture(path, summary, frames, Names(summary, plan));
    }
}

/// <summary>A vehicle: its buses, or its Ethernet.</summary>
internal sealed class VehicleScene : SimulatedScene
{
    private const int Channels = 3;

    /// <summary>Which vehicle.</summary>
    public VehicleVariant Variant { get; init; }

    /// <summary>True for its Ethernet instead of its buses.</summary>
    public bool IsEthernet { get; init; }

    public override string Site => (Variant, IsEthernet) switch
    {
        (VehicleVariant.Truck, _) => "truck",
        (_, true) => "vehicle, Ethernet",
        (VehicleVariant.CarFd, _) => "vehicle-fd",
        _ => "vehicle",
    };

    public override string Extension => IsEthernet ? ".pcap" : ".pcapng";

    public override bool Fits(IPlantedEvent planted) =>
        planted is IVehicleAttack attack && attack.Variant == Variant && attack.IsOnEthernet == IsEthernet;

    public override CaptureSummary WriteNormal(string path, int seed) =>
        Write(path, Options(seed) with { Duration = LearningTime }, []).Summary;

    public override PlantedCapture WritePlanted(
        string path, int seed, TimeSpan duration, params IReadOnlyList<Planting> plan)
    {
        var options = Options(seed);
        return Write(path, options with { Start = options.Start + LearningTime.Ticks * 100, Duration = duration }, plan);
    }

    private PlantedCapture Write(string path, VehicleOptions options, IReadOnlyList<Planting> plan)
    {
        var frames = new PlantedFrames();
        using var stream = Create(path);
        var planned = plan.Select(entry => new PlannedVehicleEvent(
            entry.At ?? VehicleGenerator.MomentFor((IVehicleAttack)entry.Event, options), (IVehicleAttack)entry.Event,
            entry.Strength)).ToList();
        var generator = new VehicleGenerator(options) { Stop = Stop };
        var summary = IsEthernet
            ? generator.Generate(new NoBus(), frames.Of(new PcapWriter(stream)), planned).Ethernet
            : generator.Generate(frames.Of(new SocketCanPcapWriter(stream, Channels)), null, planned).Can;
        return new PlantedCapture(path, summary, frames, Names(summary, plan));
    }

    private VehicleOptions Options(int seed) => new() { Seed = seed, Variant = Variant };

    private sealed class NoBus : Simulators.Vehicle.Bus.ICanSink
    {
        public void Write(Simulators.Vehicle.Bus.CanFrame frame, TruthRecord? truth)
        {
        }
    }
}
