using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>The workshop updates a control unit in its maintenance window.</summary>
internal sealed class WorkshopReprogramming : VehicleAttack
{
    public override string Name => "workshop-reprogramming";

    public override string Description =>
        "The workshop installs a new version in the battery's control unit while the car is parked, within its window.";

    public override DrivePhase? Phase => DrivePhase.Parked;

    public override bool IsAnnounced => true;

    public override string Attacker => "workshop";

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var tester = new Tester(network, network.Server("BMS"));
        network.Play(tester.Reprogram(24, network.Random));
    }
}
