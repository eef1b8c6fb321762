using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Certificates that do not hold.</summary>
internal sealed class AuthenticationFailures : VehicleAttack
{
    private static readonly AttackParameter Attempts = new("attempts", "", 1, 5, 30);

    public override string Name => "authentication-failures";

    public override string Description =>
        "Authentication by certificate is tried on the powertrain's controller and refused.";

    public override IReadOnlyList<string> Techniques => ["T0859", "T0806"];

    public override IReadOnlyList<string> ExpectedRows => ["D17"];

    public override IReadOnlyList<AttackParameter> Parameters => [Attempts];

    public override IReadOnlyList<string> Victims => ["VCU"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, (int)Attempts.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, int attempts)
    {
        var tester = new Tester(network, network.Server("VCU"));
        yield return tester.Ask(0x10, 0x03);
        for (var i = 0; i < attempts; i++)
        {
            var certificate = new byte[40];
            network.Random.NextBytes(certificate);
            yield return tester.Ask([0x29, 0x01, 0x00, 0x00, 0x28, .. certificate, 0x00, 0x00]);
            yield return tester.Ask([0x29, 0x03, 0x00, 0x10, .. certificate.AsSpan(0, 16), 0x00, 0x00]);
            yield return network.Wait(200);
        }
    }
}
