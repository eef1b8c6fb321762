using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>The logger's clock is set.</summary>
internal sealed class ClockStep : VehicleAttack
{
    public override string Name => "clock-step";

    public override string Description =>
        "The logger's clock is set forward by two and a half seconds, and back after twenty.";

    public override string Attacker => "logger";

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        network.LoggerError = 2_500_000_000;
        network.Later(Seconds(20), () => network.LoggerError = 0);
    }
}
