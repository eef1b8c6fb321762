using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Every service of a control unit is tried.</summary>
internal sealed class UdsServiceScan : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "requests/s", 1, 20, 500);

    public override string Name => "uds-service-scan";

    public override string Description =>
        "Every service identifier is tried on the engine's control unit for twenty seconds.";

    public override IReadOnlyList<string> Techniques => ["T0888"];

    public override IReadOnlyList<string> ExpectedRows => ["D23"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["ENG"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, Rate.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, double rate)
    {
        var tester = new Tester(network, network.Server("ENG"));
        var end = network.Now + 20_000_000_000;
        for (var service = 0; service < 256 && network.Now < end; service++)
        {
            // Bit 6 marks responses; 0x11 and 0x28 would disturb the scan itself.
            if ((service & 0x40) != 0 || service is 0x11 or 0x28) continue;
            yield return tester.Ask((byte)service, 0x00);
            yield return network.Wait(1000 / rate);
        }
    }
}
