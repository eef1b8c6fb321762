using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>The identifier that wins every arbitration, without end.</summary>
internal sealed class IdZeroFlood : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 200, 1500, 10_000);

    public override string Name => "id-zero-flood";

    public override string Description =>
        "Frames with identifier 0 win every arbitration and leave less or nothing of the bus to the others.";

    public override IReadOnlyList<string> Techniques => ["T0814"];

    public override IReadOnlyList<string> ExpectedRows => ["D4", "D1"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(3), _ =>
        {
            // A controller has a few transmit buffers: what does not fit is not sent later.
            if (network.Main.Waiting < 60) network.Inject(0x000, 0, 0, 0, 0, 0, 0, 0, 0);
        });
}
