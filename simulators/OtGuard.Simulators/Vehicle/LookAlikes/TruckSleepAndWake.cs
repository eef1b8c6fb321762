using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>The ignition is switched off and on.</summary>
internal sealed class TruckSleepAndWake : VehicleAttack
{
    public override string Name => "truck-ignition-cycle";

    public override string Description =>
        "The truck's ignition is switched off for some seconds; all control units claim their addresses again.";

    public override DrivePhase? Phase => DrivePhase.Parked;

    public override VehicleVariant Variant => VehicleVariant.Truck;

    public override string Attacker => "driver";

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        foreach (var node in network.Nodes) node.IsAsleep = true;
        network.Later(Seconds(8), () =>
        {
            foreach (var node in network.Nodes) node.IsAsleep = false;
            foreach (var node in network.TruckNodes) node.Claim();
        });
    }
}
