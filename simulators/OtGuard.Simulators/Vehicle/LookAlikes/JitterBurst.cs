using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>Control units are late under load.</summary>
internal sealed class JitterBurst : VehicleAttack
{
    public override string Name => "jitter-burst";

    public override string Description =>
        "For five seconds the powertrain's control units are late by up to two milliseconds.";

    public override string Attacker => "load";

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        foreach (var message in network.Messages) message.ExtraJitter = 2_000_000;
        network.Later(Seconds(5), () =>
        {
            foreach (var message in network.Messages) message.ExtraJitter = 0;
        });
    }
}
