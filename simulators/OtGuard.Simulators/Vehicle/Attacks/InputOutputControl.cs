using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Outputs are forced.</summary>
internal sealed class InputOutputControl : VehicleAttack
{
    private static readonly AttackParameter Acts = new("acts", "", 1, 5, 40);

    public override string Name => "input-output-control";

    public override string Description =>
        "Outputs of the powertrain's controller are forced by diagnostics while the car drives.";

    public override IReadOnlyList<string> Techniques => ["T0831", "T0855"];

    public override IReadOnlyList<string> ExpectedRows => ["D19"];

    public override IReadOnlyList<AttackParameter> Parameters => [Acts];

    public override IReadOnlyList<string> Victims => ["VCU"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, (int)Acts.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, int acts)
    {
        var tester = new Tester(network, network.Server("VCU"));
        yield return tester.Ask(0x10, 0x03);
        for (var i = 0; i < acts; i++)
        {
            yield return tester.Ask(0x2F, 0x01, 0x10, 0x03, (byte)(i & 1));
            yield return network.Wait(200);
        }

        yield return tester.Ask(0x2F, 0x01, 0x10, 0x00);
    }
}
