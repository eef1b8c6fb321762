using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Parameters are written.</summary>
internal sealed class WriteDataIdentifier : VehicleAttack
{
    private static readonly AttackParameter Writes = new("writes", "", 1, 5, 40);

    public override string Name => "write-data-identifier";

    public override string Description => "Parameters of the battery's control unit are written by diagnostics.";

    public override IReadOnlyList<string> Techniques => ["T0836"];

    public override IReadOnlyList<string> ExpectedRows => ["D19"];

    public override IReadOnlyList<AttackParameter> Parameters => [Writes];

    public override IReadOnlyList<string> Victims => ["BMS"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, (int)Writes.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, int writes)
    {
        var tester = new Tester(network, network.Server("BMS"));
        yield return tester.Ask(0x10, 0x03);
        for (var i = 0; i < writes; i++)
        {
            yield return tester.Ask(0x2E, 0x02, 0x00, 0x75, (byte)(0x30 + i));
            yield return network.Wait(100);
        }
    }
}
