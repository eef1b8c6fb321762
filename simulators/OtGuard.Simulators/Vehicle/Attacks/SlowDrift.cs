using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A value that leaves the truth slowly.</summary>
internal sealed class SlowDrift : VehicleAttack
{
    private static readonly AttackParameter Drift = new("drift", "degC/s", 0.1, 0.5, 3);

    public override string Name => "slow-drift";

    public override string Description => "The coolant's temperature is replaced and drifts away from the true one.";

    public override IReadOnlyList<string> Techniques => ["T0856", "T0832"];

    public override IReadOnlyList<string> ExpectedRows => ["D8", "D9"];

    public override IReadOnlyList<AttackParameter> Parameters => [Drift];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(CarMessages.EngineTemperatures);
        var drift = Drift.At(strength);
        var begin = network.Now;
        var coolant = message.Definition["Coolant"];
        message.TakeOver(data => coolant.Put(coolant.Read(data) + drift * (network.Now - begin) / 1e9, data));
        network.Later(Seconds(30), message.GiveBack);
    }
}
