using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A known identifier with another length.</summary>
internal sealed class LengthChange : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 1, 10, 50);

    public override string Name => "length-change";

    public override string Description => "The engine's state is sent additionally with a length it never has.";

    public override IReadOnlyList<string> Techniques => ["T0855", "T0866"];

    public override IReadOnlyList<string> ExpectedRows => ["D7"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), i =>
            network.Inject(CarMessages.EngineState, network.Message(CarMessages.EngineState).Genuine()[..(3 + i % 5)]));
}
