using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Headers that contradict themselves.</summary>
internal sealed class DoIpMalformedHeader : VehicleAttack
{
    private static readonly AttackParameter Messages = new("messages", "", 1, 5, 60);

    public override string Name => "doip-malformed-header";

    public override string Description =>
        "Messages with a header that contradicts itself are sent to the gateway, which refuses them.";

    public override IReadOnlyList<string> Techniques => ["T0866", "T0814"];

    public override IReadOnlyList<string> ExpectedRows => ["D27"];

    public override IReadOnlyList<AttackParameter> Parameters => [Messages];

    public override IReadOnlyList<string> Victims => ["VCU"];

    public override bool IsOnEthernet => true;

    public override string Attacker => DoIpTester.Intruder.Name;

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.OnEthernet(() =>
        {
            for (var i = 0; i < Messages.At(strength); i++)
            {
                var session = new DoIpTester(network, DoIpTester.Intruder, 0).Session.Open();
                // The inverse version does not fit; an unknown payload type; too long (ISO 13400-2:2019 table 19).
                var (bad, code) = (i % 3) switch
                {
                    0 => (DoIp.Raw(0x02, 0xFF, 0x0005, 7, new byte[7]), (byte)0),
                    1 => (DoIp.Raw(0x02, 0xFD, 0x7777, 4, new byte[4]), (byte)1),
                    _ => (DoIp.Raw(0x02, 0xFD, 0x8001, 0x00FF_FFFF, new byte[8]), (byte)2),
                };
                session.Request(bad);
                session.Response(DoIp.HeaderRefusal(code));
                session.Close(Side.Server);
                network.Ethernet.Wait(Milliseconds(200));
            }
        });
}
