using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>The logger loses single frames.</summary>
internal sealed class LostFrames : VehicleAttack
{
    public override string Name => "lost-frames";

    public override string Description => "The logger loses a single frame now and then.";

    public override string Attacker => "logger";

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1.7), Seconds(20), _ => network.LoseNext++);
}
