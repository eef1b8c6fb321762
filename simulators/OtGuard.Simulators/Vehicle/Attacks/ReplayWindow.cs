using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>What was on the bus is sent once more.</summary>
internal sealed class ReplayWindow : VehicleAttack
{
    private static readonly AttackParameter Identifiers = new("identifiers", "", 1, 5, 40);

    public override string Name => "replay-window";

    public override string Description =>
        "Two seconds of the main bus are recorded and sent again five seconds later, in the same rhythm.";

    public override IReadOnlyList<string> Techniques => ["T0855", "T0856"];

    public override IReadOnlyList<string> ExpectedRows => ["D11", "D2", "D10"];

    public override IReadOnlyList<AttackParameter> Parameters => [Identifiers];

    public override DrivePhase? Phase => DrivePhase.City;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var count = (int)Identifiers.At(strength);
        var ids = network.Messages
            .Where(message => message.Definition is { Channel: 0, CycleMilliseconds: > 0 and <= 100 })
            .OrderBy(message => message.Id).Take(count).Select(message => message.Id).ToHashSet();
        List<CanFrame> recorded = [];
        var begin = network.Now;
        network.Main.ListenToAll(frame =>
        {
            if (frame.Time - begin < 2_000_000_000 && ids.Contains(frame.Id)) recorded.Add(frame);
        });
        network.Later(Seconds(5), () =>
        {
            foreach (var frame in recorded)
                network.Later(TimeSpan.FromTicks((frame.Time - begin) / 100), () => network.Main.Send(frame));
        });
    }
}
