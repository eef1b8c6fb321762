using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Car;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>The workshop looks at every control unit.</summary>
internal sealed class WorkshopDiagnostics : VehicleAttack
{
    public override string Name => "workshop-diagnostics";

    public override string Description =>
        "The workshop's tester reads identification and trouble codes of every control unit, as at every visit.";

    public override DrivePhase? Phase => DrivePhase.Parked;

    public override string Attacker => "workshop";

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(CarLife.Inspection(network, network.Servers.ConvertAll(server => new Tester(network, server))));
}
