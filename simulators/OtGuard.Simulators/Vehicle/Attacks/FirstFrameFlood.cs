using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>First frames without end.</summary>
internal sealed class FirstFrameFlood : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 2, 30, 300);

    public override string Name => "isotp-first-frame-flood";

    public override string Description =>
        "First frames announce long messages that never come, so that buffers are held.";

    public override IReadOnlyList<string> Techniques => ["T0814"];

    public override IReadOnlyList<string> ExpectedRows => ["D24"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ =>
            network.Inject(0x7E0, 0x1F, 0xFF, 0x36, 0x01, 0, 0, 0, 0));
}
