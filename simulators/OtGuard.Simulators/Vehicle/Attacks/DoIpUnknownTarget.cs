using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Addresses behind the gateway are tried.</summary>
internal sealed class DoIpUnknownTarget : VehicleAttack
{
    private static readonly AttackParameter Targets = new("targets", "", 2, 20, 200);

    public override string Name => "doip-unknown-target";

    public override string Description =>
        "Diagnostic messages are sent to one address after the other behind the gateway.";

    public override IReadOnlyList<string> Techniques => ["T0846"];

    public override IReadOnlyList<string> ExpectedRows => ["D27", "D23"];

    public override IReadOnlyList<AttackParameter> Parameters => [Targets];

    public override IReadOnlyList<string> Victims => ["VCU"];

    public override bool IsOnEthernet => true;

    public override string Attacker => DoIpTester.Intruder.Name;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.OnEthernet(() =>
        {
            var tester = new DoIpTester(network, DoIpTester.Intruder, 0x0E99);
            tester.Open();
            for (var i = 0; i < Targets.At(strength); i++)
            {
                tester.Ask((ushort)(0x2000 + i), 0x3E, 0x00);
                network.Ethernet.Wait(Milliseconds(20));
            }

            tester.Session.Close();
        });
}
