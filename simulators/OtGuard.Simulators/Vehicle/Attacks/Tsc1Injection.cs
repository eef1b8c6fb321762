using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Truck;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>The engine is given commands that are not the transmission's.</summary>
internal sealed class Tsc1Injection : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 10, 50, 100);

    public override string Name => "tsc1-injection";

    public override string Description =>
        "Torque commands are sent to the engine in the transmission's name while no gear changes.";

    public override IReadOnlyList<string> Techniques => ["T0855", "T0831"];

    public override IReadOnlyList<string> ExpectedRows => ["D8", "D6"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override VehicleVariant Variant => VehicleVariant.Truck;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ => network.Main.Send(J1939Id.Frame(
            3, J1939Id.Tsc1, TruckMessages.Transmission, TruckMessages.Engine,
            [0x02, 0x00, 0x19, 0xE1, 0xFF, 0xFF, 0xFF, 0xFF])));
}
