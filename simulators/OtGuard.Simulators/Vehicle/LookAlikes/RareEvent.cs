using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>Something that happens seldom.</summary>
internal sealed class RareEvent : VehicleAttack
{
    public override string Name => "rare-event";

    public override string Description =>
        "The driver uses the seat's memory, whose message is sent on that occasion only.";

    public override string Attacker => "driver";

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        network.State.SeatMemory = network.State.SeatMemory % 3 + 1;
        network.Message(CarMessages.SeatMemory).Fire();
    }
}
