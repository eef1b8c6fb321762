using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A control unit is given another program outside any workshop.</summary>
internal sealed class UnauthorisedReprogramming : VehicleAttack
{
    private static readonly AttackParameter Blocks = new("blocks of 128 bytes", "", 2, 20, 120);

    public override string Name => "unauthorised-reprogramming";

    public override string Description =>
        "While the car drives, somebody who knows the key downloads an image into the engine's control unit.";

    public override IReadOnlyList<string> Techniques => ["T0843", "T0839", "T0857"];

    public override IReadOnlyList<string> ExpectedRows => ["D18", "D15", "D19", "D20", "D21", "D22"];

    public override IReadOnlyList<AttackParameter> Parameters => [Blocks];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var tester = new Tester(network, network.Server("ENG"));
        network.Play(tester.Reprogram((int)Blocks.At(strength), network.Random));
    }
}
