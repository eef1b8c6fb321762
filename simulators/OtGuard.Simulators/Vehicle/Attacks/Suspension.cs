using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A message is missing. There is no frame to mark: the event's times say when.</summary>
internal sealed class Suspension : VehicleAttack
{
    private static readonly AttackParameter Duration = new("duration", "s", 0.5, 5, 30);

    public override string Name => "suspension";

    public override string Description => "The steering angle is no longer sent for a while.";

    public override IReadOnlyList<string> Techniques => ["T0804"];

    public override IReadOnlyList<string> ExpectedRows => ["D3"];

    public override IReadOnlyList<AttackParameter> Parameters => [Duration];

    public override IReadOnlyList<string> Victims => ["EPS"];

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(0x0C4);
        message.IsSuspended = true;
        network.Later(Seconds(Duration.At(strength)), () => message.IsSuspended = false);
    }
}
