using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>The gateway restarts.</summary>
internal sealed class GatewayRestart : VehicleAttack
{
    public override string Name => "gateway-restart";

    public override string Description =>
        "The gateway restarts: what it forwards is missing on the body's bus for a second.";

    public override string Attacker => "gateway";

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var gateway = network.Node("GW");
        gateway.IsSilent = true;
        network.Later(Seconds(1), () => gateway.IsSilent = false);
    }
}
