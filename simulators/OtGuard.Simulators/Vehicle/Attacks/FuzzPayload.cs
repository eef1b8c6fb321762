using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Known identifiers with random data.</summary>
internal sealed class FuzzPayload : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 2, 50, 500);

    public override string Name => "fuzz-payload";

    public override string Description => "Known identifiers of the powertrain are sent with random data.";

    public override IReadOnlyList<string> Techniques => ["T0855", "T0806"];

    public override IReadOnlyList<string> ExpectedRows => ["D2", "D6", "D8", "D10"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG", "EMOT", "ESP"];

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var known = network.Messages
            .Where(message => message.Definition.Channel == 0 && message.Period > TimeSpan.Zero).ToList();
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ =>
        {
            var message = known[network.Random.Next(known.Count)];
            var data = new byte[message.Definition.Length];
            network.Random.NextBytes(data);
            network.Inject(message.Id, data);
        });
    }
}
