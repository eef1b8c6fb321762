using OtGuard.Simulators.Joint;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Vehicle.Car;
using OtGuard.Simulators.Vehicle.Truck;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle;

/// <summary>The vehicle as it runs, at whatever speed it is driven.</summary>
internal sealed class VehicleSimulation
{
    private readonly VehicleOptions _options;
    private readonly VehicleNetwork _network;
    private readonly TruthCollector _ethernet;

    /// <summary>Prepares the vehicle's life and what is planted in it; nothing happens yet.</summary>
    /// <exception cref="ArgumentException">A planned event does not fit the vehicle.</exception>
    public VehicleSimulation(
        VehicleOptions options, ICanSink sink, ICaptureSink? ethernet, IReadOnlyList<PlannedVehicleEvent> planned,
        ChargingStation? station = null)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(planned);
        _options = options;
        _ethernet = new TruthCollector(ethernet);
        _network = new VehicleNetwork(options, sink, station);
        if (options.Variant == VehicleVariant.Truck) TruckLife.Begin(_network);
        else CarLife.Begin(_network);
        foreach (var message in _network.Messages) message.Begin(options.Start);
        foreach (var happening in planned) Plant(happening, planned);
    }

    /// <summary>When the next act is due.</summary>
    public long NextAct => _network.NextAct;

    /// <summary>What came of it so far.</summary>
    public VehicleSummary Summary =>
        new(_network.Summary, _ethernet.Summary, _network.Loads, _network.State.Charging);

    /// <summary>Runs all acts before a moment, and the physics up to it.</summary>
    public void RunUntil(long time, CancellationToken stop = default) => _network.RunUntil(time, _ethernet, stop);

    /// <summary>Hands out what is left.</summary>
    public VehicleSummary Complete()
    {
        _network.End(_ethernet);
        return Summary;
    }

    private void Plant(PlannedVehicleEvent planned, IReadOnlyList<PlannedVehicleEvent> all)
    {
        var attack = planned.Attack;
        if (!VehicleAttackCatalogue.Fits(attack, _options.Variant))
        {
            throw new ArgumentException($"'{attack.Name}' needs the variant {attack.Variant}.", nameof(planned));
        }

        var before = all.TakeWhile(other => other != planned).Count(other => other.Attack.Name == attack.Name);
        var truth = new TruthRecord(
            before == 0 ? attack.Name : $"{attack.Name}-{before + 1}", attack.IsAttack, attack.Attacker, attack.Victims,
            attack.Techniques);
        if (attack.IsOnEthernet) _network.IsOnEthernet(truth);
        _network.At(
            _options.Start + planned.At.Ticks * 100, () => attack.Begin(_network, planned.Strength ?? Strength.Medium), truth);
    }
}
