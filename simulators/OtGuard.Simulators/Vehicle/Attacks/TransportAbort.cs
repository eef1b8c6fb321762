using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Truck;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Long messages are asked for and aborted.</summary>
internal sealed class TransportAbort : VehicleAttack
{
    private static readonly AttackParameter Rounds = new("rounds", "", 2, 8, 60);

    public override string Name => "transport-abort";

    public override string Description =>
        "The engine is asked for long messages in the tool's name, and each connection is aborted or held.";

    public override IReadOnlyList<string> Techniques => ["T0814", "T0803"];

    public override IReadOnlyList<string> ExpectedRows => ["D24", "D25"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rounds];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override VehicleVariant Variant => VehicleVariant.Truck;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var number = J1939Id.Number(J1939Id.ComponentIdentification);
        network.Repeat(Milliseconds(150), Milliseconds(150 * Rounds.At(strength)), i =>
        {
            network.Main.Send(J1939Id.Frame(6, J1939Id.Request, TruckMessages.Tool, TruckMessages.Engine, number));
            // Clear to send for no packet holds the connection; abort reason 2 is "resources needed elsewhere".
            byte[] answer = i % 2 == 0 ? [17, 0, 0xFF, 0xFF, 0xFF, .. number] : [255, 2, 0xFF, 0xFF, 0xFF, .. number];
            network.Later(Milliseconds(3.2), () => network.Main.Send(J1939Id.Frame(
                7, J1939Id.TransportManagement, TruckMessages.Tool, TruckMessages.Engine, answer)));
        });
    }
}
