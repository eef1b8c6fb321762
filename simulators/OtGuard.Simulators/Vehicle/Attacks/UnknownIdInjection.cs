using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Frames with an identifier that no control unit uses.</summary>
internal sealed class UnknownIdInjection : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 1, 20, 200);

    public override string Name => "unknown-id-injection";

    public override string Description => "A device at the connector sends frames with an identifier nobody uses.";

    public override IReadOnlyList<string> Techniques => ["T0855"];

    public override IReadOnlyList<string> ExpectedRows => ["D1"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), i =>
            network.Inject(0x2FF, (byte)i, 0x00, 0x5A, 0xA5, 0x00, 0x00, 0x00, 0x01));
}
