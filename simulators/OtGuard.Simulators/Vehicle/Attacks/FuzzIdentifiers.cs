using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Random identifiers with random data.</summary>
internal sealed class FuzzIdentifiers : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 2, 50, 500);

    public override string Name => "fuzz-identifiers";

    public override string Description => "Random identifiers of 11 bits are sent with random data.";

    public override IReadOnlyList<string> Techniques => ["T0855", "T0806"];

    public override IReadOnlyList<string> ExpectedRows => ["D1", "D7", "D23"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ =>
        {
            var data = new byte[network.Random.Next(9)];
            network.Random.NextBytes(data);
            network.Inject((uint)network.Random.Next(0x800), data);
        });
}
