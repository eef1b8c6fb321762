using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Consecutive frames in the wrong order.</summary>
internal sealed class WrongSequence : VehicleAttack
{
    private static readonly AttackParameter Messages = new("messages", "", 1, 5, 40);

    public override string Name => "isotp-wrong-sequence";

    public override string Description =>
        "Segmented requests are sent whose sequence numbers do not follow each other.";

    public override IReadOnlyList<string> Techniques => ["T0814", "T0866"];

    public override IReadOnlyList<string> ExpectedRows => ["D24"];

    public override IReadOnlyList<AttackParameter> Parameters => [Messages];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Milliseconds(200), Milliseconds(200 * Messages.At(strength)), _ =>
        {
            network.Inject(0x7E0, 0x10, 0x14, 0x2E, 0xF1, 0x90, 0x41, 0x42, 0x43);
            network.Later(Milliseconds(10), () => network.Inject(0x7E0, 0x21, 1, 2, 3, 4, 5, 6, 7));
            network.Later(Milliseconds(15), () => network.Inject(0x7E0, 0x24, 1, 2, 3, 4, 5, 6, 7));
        });
}
