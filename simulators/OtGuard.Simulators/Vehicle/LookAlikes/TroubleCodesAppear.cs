using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Truck;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>Trouble codes become active.</summary>
internal sealed class TroubleCodesAppear : VehicleAttack
{
    public override string Name => "trouble-codes-appear";

    public override string Description =>
        "Two trouble codes of the engine become active, so that DM1 is broadcast in packets, and go again.";

    public override VehicleVariant Variant => VehicleVariant.Truck;

    public override string Attacker => "ENG";

    public override void Begin(VehicleNetwork network, Strength strength)
    {
        var engine = TruckLife.Node(network, TruckMessages.Engine);
        engine.Faults.AddRange([(110, 0), (3251, 2)]);
        network.Later(Seconds(20), engine.Faults.Clear);
    }
}
