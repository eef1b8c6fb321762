using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Car;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>A message whose checksum does not fit.</summary>
internal sealed class ChecksumBroken : VehicleAttack
{
    private static readonly AttackParameter Share = new("share of frames", "", 0.01, 0.2, 1);

    public override string Name => "checksum-broken";

    public override string Description => "The motor's torque is changed on the way without a right checksum.";

    public override IReadOnlyList<string> Techniques => ["T0856"];

    public override IReadOnlyList<string> ExpectedRows => ["D10"];

    public override IReadOnlyList<AttackParameter> Parameters => [Share];

    public override IReadOnlyList<string> Victims => ["EMOT"];

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var message = network.Message(CarMessages.MotorState);
        var share = Share.At(strength);
        var count = 0;
        message.TakeOver(
            data =>
            {
                // Every n-th frame exactly, so that the weakest strength holds some too.
                if (Math.Floor(++count * share) > Math.Floor((count - 1) * share)) data[4] ^= 0x5A;
            },
            protect: false,
            onTheWay: true);
        network.Later(Seconds(10), message.GiveBack);
    }
}
