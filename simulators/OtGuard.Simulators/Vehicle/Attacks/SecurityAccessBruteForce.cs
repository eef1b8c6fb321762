using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Keys are guessed.</summary>
internal sealed class SecurityAccessBruteForce : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "attempts/s", 0.5, 5, 50);

    public override string Name => "security-access-brute-force";

    public override string Description =>
        "Keys are guessed to unlock the engine's control unit, also while it enforces its delay.";

    public override IReadOnlyList<string> Techniques => ["T0806", "T0859"];

    public override IReadOnlyList<string> ExpectedRows => ["D14"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, Rate.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, double rate)
    {
        var tester = new Tester(network, network.Server("ENG"));
        yield return tester.Ask(0x10, 0x03);
        var end = network.Now + 20_000_000_000;
        while (network.Now < end)
        {
            yield return tester.Ask(0x27, 0x01);
            var key = new byte[4];
            network.Random.NextBytes(key);
            if (tester.Succeeded) yield return tester.Ask([0x27, 0x02, .. key]);
            yield return network.Wait(1000 / rate);
        }
    }
}
