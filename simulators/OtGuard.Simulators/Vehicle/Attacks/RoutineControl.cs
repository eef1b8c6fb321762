using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Routines are started.</summary>
internal sealed class RoutineControl : VehicleAttack
{
    private static readonly AttackParameter Starts = new("starts", "", 1, 5, 40);

    public override string Name => "routine-control";

    public override string Description =>
        "Routines of the brakes' control unit are started by diagnostics while the car drives.";

    public override IReadOnlyList<string> Techniques => ["T0831", "T0871"];

    public override IReadOnlyList<string> ExpectedRows => ["D19"];

    public override IReadOnlyList<AttackParameter> Parameters => [Starts];

    public override IReadOnlyList<string> Victims => ["ESP"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, (int)Starts.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, int starts)
    {
        var tester = new Tester(network, network.Server("ESP"));
        yield return tester.Ask(0x10, 0x03);
        for (var i = 0; i < starts; i++)
        {
            yield return tester.Ask(0x31, 0x01, 0x02, 0x03);
            yield return network.Wait(200);
        }
    }
}
