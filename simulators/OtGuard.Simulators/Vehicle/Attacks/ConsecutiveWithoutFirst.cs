using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Consecutive frames that continue nothing.</summary>
internal sealed class ConsecutiveWithoutFirst : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 1, 20, 200);

    public override string Name => "isotp-consecutive-without-first";

    public override string Description =>
        "Consecutive frames are sent to the engine's control unit without a first frame.";

    public override IReadOnlyList<string> Techniques => ["T0814", "T0866"];

    public override IReadOnlyList<string> ExpectedRows => ["D24"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), i =>
            network.Inject(0x7E0, (byte)(0x20 | (i & 15)), 1, 2, 3, 4, 5, 6, 7));
}
