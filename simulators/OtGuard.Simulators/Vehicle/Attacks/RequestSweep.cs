using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Truck;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Every node is asked for everything.</summary>
internal sealed class RequestSweep : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "requests/s", 2, 20, 100);

    private static readonly byte[] Targets = [TruckMessages.Engine, TruckMessages.Transmission, TruckMessages.Brakes];

    public override string Name => "j1939-request-sweep";

    public override string Description => "Parameter groups are requested one after the other from every control unit.";

    public override IReadOnlyList<string> Techniques => ["T0846", "T0888"];

    public override IReadOnlyList<string> ExpectedRows => ["D23"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG", "TCU", "ABS"];

    public override VehicleVariant Variant => VehicleVariant.Truck;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), i => network.Main.Send(J1939Id.Frame(
            6, J1939Id.Request, TruckMessages.Tool, Targets[i % Targets.Length],
            J1939Id.Number(0xFE00 + i / 3 % 256))));
}
