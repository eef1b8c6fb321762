using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>The whole network sleeps and starts up again.</summary>
internal sealed class BusSleepAndWake : VehicleAttack
{
    public override string Name => "bus-sleep-and-wake";

    public override string Description =>
        "All control units fall asleep for some seconds and wake one after the other, with counters from zero.";

    public override DrivePhase? Phase => DrivePhase.Parked;

    public override string Attacker => "network management";

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        foreach (var node in network.Nodes) node.IsAsleep = true;
        network.Later(Seconds(8), () =>
        {
            var order = 0;
            foreach (var node in network.Nodes)
            {
                network.Later(Milliseconds(15 * order++), () =>
                {
                    node.RestartCounters();
                    node.IsAsleep = false;
                });
            }
        });
    }
}
