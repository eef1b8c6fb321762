using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Addresses are tried until routing is activated.</summary>
internal sealed class DoIpActivationDenied : VehicleAttack
{
    private static readonly AttackParameter Attempts = new("attempts", "", 1, 5, 60);

    public override string Name => "doip-activation-denied";

    public override string Description =>
        "Routing activation is tried with addresses that are no tester's, and denied.";

    public override IReadOnlyList<string> Techniques => ["T0806", "T0859"];

    public override IReadOnlyList<string> ExpectedRows => ["D27"];

    public override IReadOnlyList<AttackParameter> Parameters => [Attempts];

    public override IReadOnlyList<string> Victims => ["VCU"];

    public override bool IsOnEthernet => true;

    public override string Attacker => DoIpTester.Intruder.Name;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.OnEthernet(() =>
        {
            for (var i = 0; i < Attempts.At(strength); i++)
            {
                var session = new DoIpTester(network, DoIpTester.Intruder, 0).Session.Open();
                session.Request(DoIp.ActivationRequest((ushort)(0x0100 + i)));
                // Unknown source address (ISO 13400-2:2019 table 48, code 0); the gateway closes.
                session.Response(DoIp.ActivationResponse((ushort)(0x0100 + i), 0x00));
                session.Close(Side.Server);
                network.Ethernet.Wait(Milliseconds(200));
            }
        });
}
