using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A message longer than any buffer.</summary>
internal sealed class OverLongMessage : VehicleAttack
{
    private static readonly AttackParameter Frames = new("frames", "", 1, 5, 40);

    public override string Name => "isotp-over-long";

    public override string Description => "First frames announce messages of four gigabytes by the escape length.";

    public override IReadOnlyList<string> Techniques => ["T0814", "T0866"];

    public override IReadOnlyList<string> ExpectedRows => ["D24"];

    public override IReadOnlyList<AttackParameter> Parameters => [Frames];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Milliseconds(100), Milliseconds(100 * Frames.At(strength)), _ =>
            network.Inject(0x7E0, 0x10, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0x36, 0x01));
}
