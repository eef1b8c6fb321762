using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Truck;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Packets of a long message without end.</summary>
internal sealed class TransportDataFlood : VehicleAttack
{
    private static readonly AttackParameter Packets = new("packets", "", 20, 255, 2000);

    public override string Name => "transport-data-flood";

    public override string Description =>
        "One request to send is followed by hundreds of data packets, permitted or not.";

    public override IReadOnlyList<string> Techniques => ["T0814", "T0866"];

    public override IReadOnlyList<string> ExpectedRows => ["D24", "D4"];

    public override IReadOnlyList<AttackParameter> Parameters => [Packets];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override VehicleVariant Variant => VehicleVariant.Truck;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        network.Main.Send(J1939Id.Frame(
            7, J1939Id.TransportManagement, TruckMessages.Tool, TruckMessages.Engine,
            [16, 0xFF, 0x00, 0x25, 0xFF, .. J1939Id.Number(J1939Id.SoftwareIdentification)]));
        network.Later(Milliseconds(5), () => network.Repeat(
            Milliseconds(2), Milliseconds(2 * Packets.At(strength)), i => network.Main.Send(J1939Id.Frame(
                7, J1939Id.TransportData, TruckMessages.Tool, TruckMessages.Engine,
                [(byte)(i + 1), 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41]))));
    }
}
