using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A message whose alive counter stands still.</summary>
internal sealed class CounterFrozen : VehicleAttack
{
    private static readonly AttackParameter Duration = new("duration", "s", 0.1, 2, 15);

    public override string Name => "counter-frozen";

    public override string Description =>
        "The motor's state is replaced by a copy whose alive counter no longer counts, with a right checksum.";

    public override IReadOnlyList<string> Techniques => ["T0856", "T0849"];

    public override IReadOnlyList<string> ExpectedRows => ["D10"];

    public override IReadOnlyList<AttackParameter> Parameters => [Duration];

    public override IReadOnlyList<string> Victims => ["EMOT"];

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(CarMessages.MotorState);
        var counter = message.Counter;
        message.TakeOver(data => message.Definition.Protect(data, counter), protect: false);
        network.Later(Seconds(Duration.At(strength)), message.GiveBack);
    }
}
