using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Values stand still while everything else moves.</summary>
internal sealed class FrozenSignal : VehicleAttack
{
    private static readonly AttackParameter Duration = new("duration", "s", 2, 10, 30);

    public override string Name => "frozen-signal";

    public override string Description => "Wheel speeds are replaced by a copy that repeats one moment for ever.";

    public override IReadOnlyList<string> Techniques => ["T0856", "T0832"];

    public override IReadOnlyList<string> ExpectedRows => ["D6", "D9"];

    public override IReadOnlyList<AttackParameter> Parameters => [Duration];

    public override IReadOnlyList<string> Victims => ["ESP"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(CarMessages.WheelSpeeds);
        var frozen = message.Genuine();
        message.TakeOver(data => frozen.CopyTo(data, 0));
        network.Later(Seconds(Duration.At(strength)), message.GiveBack);
    }
}
