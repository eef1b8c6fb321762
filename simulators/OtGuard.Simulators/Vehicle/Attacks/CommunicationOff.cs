using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A control unit is told to be quiet.</summary>
internal sealed class CommunicationOff : VehicleAttack
{
    private static readonly AttackParameter Duration = new("duration", "s", 1, 6, 20);

    public override string Name => "communication-control-off";

    public override string Description =>
        "The brakes' control unit is told by diagnostics to stop sending, and kept in its session.";

    public override IReadOnlyList<string> Techniques => ["T0803", "T0804", "T0881"];

    public override IReadOnlyList<string> ExpectedRows => ["D21", "D3"];

    public override IReadOnlyList<AttackParameter> Parameters => [Duration];

    public override IReadOnlyList<string> Victims => ["ESP"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, (int)Duration.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, int seconds)
    {
        var tester = new Tester(network, network.Server("ESP"));
        yield return tester.Ask(0x10, 0x03);
        yield return tester.Ask(0x28, 0x03, 0x01);
        for (var i = 0; i < seconds; i++)
        {
            yield return network.Wait(1000);
            yield return tester.Ask(0x3E, 0x00);
        }

        yield return tester.Ask(0x28, 0x00, 0x01);
        yield return tester.Ask(0x10, 0x01);
    }
}
