using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Joint;

/// <summary>What was simulated of the joint asset.</summary>
/// <param name="Substation">The substation's network.</param>
/// <param name="Vehicle">The vehicle at its charging park.</param>
public sealed record JointSummary(CaptureSummary Substation, VehicleSummary Vehicle);

/// <summary>
/// A substation and a vehicle that charges at its park, side by side in one time: what the park's controller allows is
/// what the vehicle gets, and what the vehicle takes is part of what the park's meter shows.
/// </summary>
public sealed class JointGenerator
{
    private readonly SubstationOptions _substation;
    private readonly VehicleOptions _vehicle;

    /// <summary>Creates a generator.</summary>
    /// <exception cref="ArgumentException">The two do not begin and end together.</exception>
    public JointGenerator(SubstationOptions substation, VehicleOptions vehicle)
    {
        ArgumentNullException.ThrowIfNull(substation);
        ArgumentNullException.ThrowIfNull(vehicle);
        if (substation.Start != vehicle.Start || substation.Duration != vehicle.Duration)
            throw new ArgumentException("The substation and the vehicle have to begin and to end together.", nameof(vehicle));
        _substation = substation;
        _vehicle = vehicle;
    }

    /// <summary>Ends the simulation early when cancelled, as if its duration were over.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Simulates both, the planned events among it.</summary>
    /// <param name="network">Takes the packets of the substation.</param>
    /// <param name="buses">Takes the frames of the vehicle's buses.</param>
    /// <param name="ethernet">Takes the packets of the vehicle's Ethernet; null to leave them.</param>
    /// <param name="planned">What is planted in the substation.</param>
    /// <param name="plannedVehicle">What is planted in the vehicle.</param>
    /// <exception cref="ArgumentException">A planned event does not fit the vehicle.</exception>
    public JointSummary Generate(
        ICaptureSink network, ICanSink buses, ICaptureSink? ethernet, IReadOnlyList<PlannedEvent> planned,
        IReadOnlyList<PlannedVehicleEvent> plannedVehicle)
    {
        var station = new ChargingStation();
        var substation = new SubstationSimulation(_substation, network, planned, station);
        var vehicle = new VehicleSimulation(_vehicle, buses, ethernet, plannedVehicle, station);
        SideBySide.Run(
            _substation.Start, _substation.Start + _substation.Duration.Ticks * 100, vehicle.RunUntil, substation.RunUntil, Stop);
        return new JointSummary(substation.Complete(), vehicle.Complete());
    }
}
