using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A control unit whose seeds repeat is being found out.</summary>
internal sealed class WeakSeed : VehicleAttack
{
    private static readonly AttackParameter Seeds = new("seeds", "", 3, 10, 60);

    public override string Name => "weak-seed";

    public override string Description =>
        "Seeds are collected from a control unit whose random generator always begins anew.";

    public override IReadOnlyList<string> Techniques => ["T0891", "T0859"];

    public override IReadOnlyList<string> ExpectedRows => ["D16"];

    public override IReadOnlyList<AttackParameter> Parameters => [Seeds];

    public override IReadOnlyList<string> Victims => ["BMS"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, (int)Seeds.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, int seeds)
    {
        var server = network.Server("BMS");
        server.HasWeakSeeds = true;
        var tester = new Tester(network, server);
        for (var i = 0; i < seeds; i++)
        {
            yield return tester.Ask(0x10, 0x03);
            yield return tester.Ask(0x27, 0x01);
            yield return network.Wait(200);
        }

        server.HasWeakSeeds = false;
    }
}
