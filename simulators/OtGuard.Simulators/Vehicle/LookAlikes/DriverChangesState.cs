using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>The driver does something else than before.</summary>
internal sealed class DriverChangesState : VehicleAttack
{
    public override string Name => "driver-changes-state";

    public override string Description =>
        "The driver breaks off, stops and goes on with the next thing: parked, driving, charging.";

    public override DrivePhase? Phase => DrivePhase.City;

    public override string Attacker => "driver";

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(20), Seconds(40), _ => network.State.HurryOn());
}
