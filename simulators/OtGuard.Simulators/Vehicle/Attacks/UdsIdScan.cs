using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Every identifier is asked whether somebody listens.</summary>
internal sealed class UdsIdScan : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "requests/s", 2, 20, 500);

    public override string Name => "uds-identifier-scan";

    public override string Description =>
        "Tester present is sent to every identifier from 600 to 7FF to find control units.";

    public override IReadOnlyList<string> Techniques => ["T0846"];

    public override IReadOnlyList<string> ExpectedRows => ["D23", "D1"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(Math.Min(30, 512 / Rate.At(strength))), i =>
            network.Inject(0x600 + (uint)i, 0x02, 0x3E, 0x00, 0, 0, 0, 0, 0));
}
