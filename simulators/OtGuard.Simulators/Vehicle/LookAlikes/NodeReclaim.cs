using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Truck;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>A control unit restarts and claims its own address.</summary>
internal sealed class NodeReclaim : VehicleAttack
{
    public override string Name => "node-restart-and-reclaim";

    public override string Description => "The transmission's control unit restarts and claims the address it had.";

    public override VehicleVariant Variant => VehicleVariant.Truck;

    public override string Attacker => "TCU";

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var node = TruckLife.Node(network, TruckMessages.Transmission);
        node.Node.IsSilent = true;
        network.Later(Seconds(1.5), () =>
        {
            node.Node.IsSilent = false;
            node.Claim();
        });
    }
}
