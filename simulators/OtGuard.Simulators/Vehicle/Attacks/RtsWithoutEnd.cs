using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Truck;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Connections are opened and left.</summary>
internal sealed class RtsWithoutEnd : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 1, 10, 100);

    public override string Name => "rts-without-end";

    public override string Description =>
        "Requests to send open one connection after the other to the engine, and nothing follows.";

    public override IReadOnlyList<string> Techniques => ["T0814"];

    public override IReadOnlyList<string> ExpectedRows => ["D24", "D25"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override VehicleVariant Variant => VehicleVariant.Truck;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ => network.Main.Send(J1939Id.Frame(
            7, J1939Id.TransportManagement, TruckMessages.Tool, TruckMessages.Engine,
            [16, 0xF9, 0x06, 255, 0xFF, .. J1939Id.Number(J1939Id.SoftwareIdentification)])));
}
