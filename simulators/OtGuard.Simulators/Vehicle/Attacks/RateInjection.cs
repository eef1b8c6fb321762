using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A known identifier is sent additionally, with data as its sender would send it.</summary>
internal sealed class RateInjection : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 5, 50, 200);

    public override string Name => "rate-injection";

    public override string Description =>
        "Wheel speeds are sent additionally, with plausible data, between those of the true sender.";

    public override IReadOnlyList<string> Techniques => ["T0855", "T0856"];

    public override IReadOnlyList<string> ExpectedRows => ["D2"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ESP"];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(CarMessages.WheelSpeeds);
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ =>
            network.Main.Send(message.Frame(message.Genuine())));
    }
}
