using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Bit errors in one identifier's frames.</summary>
internal sealed class ErrorBurst : VehicleAttack
{
    private static readonly AttackParameter Errors = new("errors", "/s", 5, 30, 150);

    public override string Name => "error-burst";

    public override string Description =>
        "Frames of the engine are destroyed by bit errors again and again, short of driving it off the bus.";

    public override IReadOnlyList<string> Techniques => ["T0814"];

    public override IReadOnlyList<string> ExpectedRows => ["D12"];

    public override IReadOnlyList<AttackParameter> Parameters => [Errors];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Repeat(Seconds(1), Seconds(8), _ => Burst(network, (int)Errors.At(strength)));

    // Spread over identifiers, so that no control unit reaches the limit.
    private static void Burst(VehicleNetwork network, int errors)
    {
        uint[] ids = [0x0A5, CarMessages.EngineState, CarMessages.MotorState, 0x0C4, 0x0D7, 0x130];
        for (var i = 0; i < errors; i++)
        {
            var id = ids[i % ids.Length];
            network.Later(Seconds((double)i / errors), () => network.Main.Destroy(id, 1));
        }
    }
}
