using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Truck;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>An address is contested.</summary>
internal sealed class AddressClaimContention : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "claims/s", 0.2, 1, 20);

    public override string Name => "address-claim-contention";

    public override string Description =>
        "Somebody claims the address of the brakes; above low strength with a NAME that wins, and the brakes "
        + "fall silent.";

    public override IReadOnlyList<string> Techniques => ["T0848", "T0849"];

    public override IReadOnlyList<string> ExpectedRows => ["D25"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ABS"];

    public override VehicleVariant Variant => VehicleVariant.Truck;

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var victim = TruckLife.Node(network, TruckMessages.Brakes);
        var wins = strength.Intensity != Intensity.Low;
        var name = new byte[8];
        // The smaller NAME wins: an all but empty one, or one with every bit set but the reserved one.
        if (!wins) name.AsSpan().Fill(0xFF);
        else name[0] = 1;
        network.Repeat(Seconds(1 / Rate.At(strength)), Seconds(10), _ => network.Main.Send(J1939Id.Frame(
            6, J1939Id.AddressClaimed, TruckMessages.Brakes, J1939Id.Global, name)));
        network.Later(Seconds(15), () =>
        {
            if (!victim.HasLostAddress) return;
            victim.Node.IsSilent = false;
            victim.Claim();
        });
    }
}
