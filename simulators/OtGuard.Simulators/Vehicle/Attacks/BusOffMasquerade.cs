using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A control unit is driven off the bus, then its message is sent by another.</summary>
internal sealed class BusOffMasquerade : VehicleAttack
{
    private static readonly AttackParameter Error = new("error", "km/h", 3, 20, 80);

    public override string Name => "bus-off-masquerade";

    public override string Description =>
        "Bit errors drive the brakes' control unit off the bus; its wheel speeds are then sent by another node.";

    public override IReadOnlyList<string> Techniques => ["T0814", "T0849", "T0856"];

    public override IReadOnlyList<string> ExpectedRows => ["D12", "D13", "D3"];

    public override IReadOnlyList<AttackParameter> Parameters => [Error];

    public override IReadOnlyList<string> Victims => ["ESP"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(CarMessages.WheelSpeeds);
        var error = Error.At(strength);
        network.Main.Destroy(message.Id, 32, () =>
        {
            // It cannot tell anybody: all its messages are missing from now on.
            message.Node.IsSilent = true;
            network.Later(Milliseconds(200), () => message.TakeOver(data =>
            {
                foreach (var signal in message.Definition.Signals) signal.Put(signal.Read(data) + error, data);
            }));
            network.Later(Seconds(10), () =>
            {
                message.GiveBack();
                message.Node.IsSilent = false;
            });
        });
    }
}
