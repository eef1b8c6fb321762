using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A known number as an identifier of 29 bits.</summary>
internal sealed class FrameTypeChange : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 1, 10, 50);

    public override string Name => "frame-type-change";

    public override string Description => "The number of a known identifier of 11 bits is sent as one of 29 bits.";

    public override IReadOnlyList<string> Techniques => ["T0855", "T0866"];

    public override IReadOnlyList<string> ExpectedRows => ["D7", "D1"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(CarMessages.EngineState);
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ => network.Main.Send(
            CanFrame.Classic(message.Id, message.Genuine(), CanFrameTypes.Extended)));
    }
}
