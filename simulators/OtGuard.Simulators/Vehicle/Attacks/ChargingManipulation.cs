using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>The charging station is told other numbers.</summary>
internal sealed class ChargingManipulation : VehicleAttack
{
    private static readonly AttackParameter Share = new("share of the true power", "", 0.9, 0.5, 0.1);

    public override string Name => "charging-manipulation";

    public override string Description =>
        "The battery's request to the charging station is replaced: the car charges slower, and the park's "
        + "meter sees it.";

    public override IReadOnlyList<string> Techniques => ["T0831", "T0836", "T0856"];

    public override IReadOnlyList<string> ExpectedRows => ["D9", "D8"];

    public override IReadOnlyList<AttackParameter> Parameters => [Share];

    public override IReadOnlyList<string> Victims => ["BMS", "CHG"];

    public override DrivePhase? Phase => DrivePhase.Charging;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(CarMessages.ChargeRequest);
        var share = Share.At(strength);
        var power = message.Definition["RequestedPower"];
        message.TakeOver(data => power.Put(power.Read(data) * share, data));
        network.Later(Seconds(15), message.GiveBack);
    }
}
