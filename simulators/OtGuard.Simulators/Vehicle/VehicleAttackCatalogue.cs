using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators.Vehicle;

/// <summary>Every attack and look-alike of the vehicle.</summary>
public static class VehicleAttackCatalogue
{
    /// <summary>All of them, attacks first.</summary>
    public static IReadOnlyList<IVehicleAttack> All { get; } =
    [
        new UnknownIdInjection(),
        new RateInjection(),
        new Suspension(),
        new Masquerade(),
        new IdZeroFlood(),
        new FuzzIdentifiers(),
    ];

    /// <summary>Those that fit a vehicle.</summary>
    public static IReadOnlyList<IVehicleAttack> For(VehicleVariant variant) =>
        [.. All.Where(attack => Fits(attack, variant))];

    /// <summary>True where the vehicle has what the event needs; a car with CAN FD is also a car.</summary>
    public static bool Fits(IVehicleAttack attack, VehicleVariant variant)
    {
        ArgumentNullException.ThrowIfNull(attack);
        return attack.Variant == variant || (attack.Variant == VehicleVariant.Car && variant == VehicleVariant.CarFd);
    }

    /// <summary>The one of a name, or null.</summary>
    public static IVehicleAttack? Find(string name) => All.FirstOrDefault(attack => attack.Name == name);
}
