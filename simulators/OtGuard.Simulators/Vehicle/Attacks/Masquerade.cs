using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A message is suspended and replaced in its own rhythm, with values that are wrong.</summary>
internal sealed class Masquerade : VehicleAttack
{
    private static readonly AttackParameter Error = new("error", "km/h", 3, 20, 80);

    public override string Name => "masquerade";

    public override string Description =>
        "Wheel speeds are sent by another node in the rhythm of the true sender, too high by a fixed amount.";

    public override IReadOnlyList<string> Techniques => ["T0856", "T0849"];

    public override IReadOnlyList<string> ExpectedRows => ["D9", "D8"];

    public override IReadOnlyList<AttackParameter> Parameters => [Error];

    public override IReadOnlyList<string> Victims => ["ESP"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(CarMessages.WheelSpeeds);
        var error = Error.At(strength);
        message.TakeOver(data =>
        {
            foreach (var signal in message.Definition.Signals) signal.Put(signal.Read(data) + error, data);
        });
        network.Later(Seconds(15), message.GiveBack);
    }
}
