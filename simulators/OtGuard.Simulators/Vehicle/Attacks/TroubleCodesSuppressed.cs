using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Traces are wiped: trouble codes cleared and their recording switched off.</summary>
internal sealed class TroubleCodesSuppressed : VehicleAttack
{
    private static readonly AttackParameter Servers = new("control units", "", 1, 3, 5);

    public override string Name => "trouble-codes-suppressed";

    public override string Description =>
        "Trouble codes are cleared and their recording is switched off in every control unit.";

    public override IReadOnlyList<string> Techniques => ["T0872", "T0878"];

    public override IReadOnlyList<string> ExpectedRows => ["D22"];

    public override IReadOnlyList<AttackParameter> Parameters => [Servers];

    public override IReadOnlyList<string> Victims => ["ENG", "TCU", "ESP", "VCU", "BMS"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, (int)Servers.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, int servers)
    {
        foreach (var server in network.Servers.Take(servers))
        {
            var tester = new Tester(network, server);
            yield return tester.Ask(0x10, 0x03);
            yield return tester.Ask(0x14, 0xFF, 0xFF, 0xFF);
            yield return tester.Ask(0x85, 0x02);
            yield return network.Wait(100);
        }
    }
}
