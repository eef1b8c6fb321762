using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A control unit is restarted while driving.</summary>
internal sealed class EcuReset : VehicleAttack
{
    private static readonly AttackParameter Resets = new("resets", "", 1, 3, 10);

    public override string Name => "ecu-reset";

    public override string Description => "The motor's control units are reset by diagnostics while the car drives.";

    public override IReadOnlyList<string> Techniques => ["T0816"];

    public override IReadOnlyList<string> ExpectedRows => ["D20"];

    public override IReadOnlyList<AttackParameter> Parameters => [Resets];

    public override IReadOnlyList<string> Victims => ["TCU"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, (int)Resets.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, int resets)
    {
        var tester = new Tester(network, network.Server("TCU"));
        for (var i = 0; i < resets; i++)
        {
            yield return tester.Ask(0x10, 0x03);
            yield return tester.Ask(0x11, 0x01);
            yield return network.Wait(1500);
        }
    }
}
