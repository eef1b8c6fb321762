using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Host.Runs;

/// <summary>A site that can be simulated.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Description">One sentence.</param>
/// <param name="HasSubstation">True where it has a network with Modbus.</param>
/// <param name="Vehicle">Its vehicle; null where it has none.</param>
internal sealed record SimulatedSite(string Name, string Description, bool HasSubstation, VehicleVariant? Vehicle)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<SimulatedSite> All { get; } =
    [
        new(
            "substation",
            "A medium-voltage substation: Modbus over TCP, a SCADA pair, fourteen devices, an engineering workstation.",
            HasSubstation: true, null),
        new(
            "vehicle",
            "A plug-in hybrid car: two CAN buses with a gateway, diagnostics over CAN and DoIP, a charging session.",
            HasSubstation: false, VehicleVariant.Car),
        new("vehicle-fd", "The same car with a third bus in CAN FD.", HasSubstation: false, VehicleVariant.CarFd),
        new(
            "truck", "A truck: J1939 at 250 kbit/s with address claims and long messages.", HasSubstation: false,
            VehicleVariant.Truck),
        new(
            "joint",
            "The substation and the car that charges at its park: the park's meter and the car's bus tell of the same power.",
            HasSubstation: true, VehicleVariant.Car),
    ];

    /// <summary>The one of a name.</summary>
    public static SimulatedSite Of(string name) => All.First(site => site.Name == name);

    /// <summary>True where an event can be planted in it.</summary>
    public bool Fits(IPlantedEvent planted) => planted switch
    {
        IAttack => HasSubstation,
        IVehicleAttack attack => Vehicle is { } variant && VehicleAttackCatalogue.Fits(attack, variant),
        _ => false,
    };

    /// <summary>The event of a name that can be planted in it, or null.</summary>
    public IPlantedEvent? Find(string name) =>
        AttackCatalogue.All.Concat<IPlantedEvent>(VehicleAttackCatalogue.All)
            .FirstOrDefault(planted => planted.Name == name && Fits(planted));
}
