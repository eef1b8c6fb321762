using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Every data identifier of a control unit is tried.</summary>
internal sealed class UdsDidScan : VehicleAttack
{
    private static readonly AttackParameter Rate = new("rate", "requests/s", 1, 20, 500);

    public override string Name => "uds-data-identifier-scan";

    public override string Description =>
        "Data identifiers are tried one after the other on the battery's control unit for twenty seconds.";

    public override IReadOnlyList<string> Techniques => ["T0888", "T0861"];

    public override IReadOnlyList<string> ExpectedRows => ["D23"];

    public override IReadOnlyList<AttackParameter> Parameters => [Rate];

    public override IReadOnlyList<string> Victims => ["BMS"];

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network, Rate.At(strength)));

    private static IEnumerable<Step> Script(VehicleNetwork network, double rate)
    {
        var tester = new Tester(network, network.Server("BMS"));
        var end = network.Now + 20_000_000_000;
        for (var id = 0xF100; id < 0xF200 && network.Now < end; id++)
        {
            yield return tester.Ask(0x22, (byte)(id >> 8), (byte)id);
            yield return network.Wait(1000 / rate);
        }
    }
}
