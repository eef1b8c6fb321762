using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>An identifier of CAN FD in a classic frame.</summary>
internal sealed class ClassicOnFdId : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 1, 10, 50);

    public override string Name => "classic-on-fd-identifier";

    public override string Description =>
        "An identifier that is always CAN FD is sent as a classic frame of eight bytes.";

    public override IReadOnlyList<string> Techniques => ["T0855", "T0866"];

    public override IReadOnlyList<string> ExpectedRows => ["D7"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["EMOT"];

    public override VehicleVariant Variant => VehicleVariant.CarFd;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(0x080, channel: 2);
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ =>
            network.Buses[2].Send(CanFrame.Classic(message.Id, message.Genuine()[..8])));
    }
}
