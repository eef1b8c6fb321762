using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Remote frames on a bus that knows none.</summary>
internal sealed class RemoteFrames : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "frames/s", 1, 20, 200);

    public override string Name => "remote-frames";

    public override string Description => "Remote frames ask for messages that are sent anyway.";

    public override IReadOnlyList<string> Techniques => ["T0855", "T0861"];

    public override IReadOnlyList<string> ExpectedRows => ["D7"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var known = network.Messages.Where(message => message.Definition.Channel == 0).ToList();
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ =>
        {
            var message = known[network.Random.Next(known.Count)];
            network.Main.Send(CanFrame.RemoteRequest(message.Id, message.Definition.Length));
        });
    }
}
