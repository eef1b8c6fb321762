using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Vehicle.Car;
using OtGuard.Simulators.Vehicle.Output;
using OtGuard.Simulators.Vehicle.Truck;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle;

/// <summary>An attack or look-alike in a vehicle and when it begins.</summary>
/// <param name="At">Virtual time after the beginning.</param>
/// <param name="Attack">What happens.</param>
/// <param name="Strength">How strongly; as tools do it by default where it is null.</param>
public sealed record PlannedVehicleEvent(TimeSpan At, IVehicleAttack Attack, Strength? Strength = null);

/// <summary>What was simulated.</summary>
/// <param name="Can">Frames of the buses and what was planted among them.</param>
/// <param name="Ethernet">The same for the vehicle's Ethernet.</param>
/// <param name="BusLoads">Share of the time in which each bus was not idle.</param>
/// <param name="Charging">Power at every second of every charging session.</param>
public sealed record VehicleSummary(
    CaptureSummary Can, CaptureSummary Ethernet, IReadOnlyList<double> BusLoads,
    IReadOnlyList<ChargingSample> Charging);

/// <summary>Simulates a vehicle and hands out what a logger on its buses writes.</summary>
public sealed class VehicleGenerator
{
    private readonly VehicleOptions _options;

    /// <summary>Creates a generator.</summary>
    public VehicleGenerator(VehicleOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Ends the simulation early when cancelled, as if its duration were over.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Simulates everything, the planned events among it.</summary>
    /// <param name="sink">Takes the frames of the buses.</param>
    /// <param name="ethernet">Takes the packets of the vehicle's Ethernet; null to leave them.</param>
    /// <param name="planned">What is planted.</param>
    /// <exception cref="ArgumentException">A planned event does not fit the vehicle.</exception>
    public VehicleSummary Generate(
        ICanSink sink, ICaptureSink? ethernet = null, params IReadOnlyList<PlannedVehicleEvent> planned)
    {
        var simulation = new VehicleSimulation(_options, sink, ethernet, planned);
        simulation.RunUntil(_options.Start + _options.Duration.Ticks * 100, Stop);
        return simulation.Complete();
    }

    /// <summary>How many buses a vehicle has.</summary>
    public static int Buses(VehicleVariant variant) => variant switch
    {
        VehicleVariant.Car => 2,
        VehicleVariant.CarFd => 3,
        VehicleVariant.Truck => 1,
    };

    /// <summary>The DBC file of a vehicle; a car's covers CAN FD as well.</summary>
    public static string Dbc(VehicleVariant variant) => DbcWriter.Text(Definitions(variant));

    /// <summary>
    /// A moment at which an event makes sense: in the middle of the first leg of its phase in the second half of the
    /// time, or at half time where it has none.
    /// </summary>
    public static TimeSpan MomentFor(IVehicleAttack attack, VehicleOptions options)
    {
        ArgumentNullException.ThrowIfNull(attack);
        ArgumentNullException.ThrowIfNull(options);
        var half = options.Duration / 2;
        if (attack.Phase is not { } phase || options.Legs.All(leg => leg.Phase != phase)) return half;
        var at = TimeSpan.Zero;
        for (var i = 0; ; i++)
        {
            var leg = options.Legs[i % options.Legs.Count];
            var middle = at + leg.Duration / 3;
            if (leg.Phase == phase && (middle >= half || at + options.Cycle > options.Duration)) return middle;
            at += leg.Duration;
        }
    }

    internal static IReadOnlyList<MessageDefinition> Definitions(VehicleVariant variant) => variant switch
    {
        VehicleVariant.Car => [.. CarMessages.Classic, .. CarMessages.FlexibleDataRate],
        VehicleVariant.CarFd => [.. CarMessages.Classic, .. CarMessages.FlexibleDataRate],
        VehicleVariant.Truck => TruckMessages.All,
    };
}
