using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>Disturbances of the line.</summary>
internal sealed class SingleErrors : VehicleAttack
{
    public override string Name => "single-error-frames";

    public override string Description => "Single frames are destroyed by disturbances and sent again at once.";

    public override string Attacker => "line";

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(4), Seconds(20), i => network.Main.Destroy(i % 2 == 0 ? 0x0A5u : 0x0C4u, 1));
}
