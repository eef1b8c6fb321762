using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Diagnostics;

namespace OtGuard.Simulators.Vehicle.LookAlikes;

/// <summary>A scan tool from the shop.</summary>
internal sealed class ObdScanTool : VehicleAttack
{
    public override string Name => "obd-scan-tool";

    public override string Description =>
        "A scan tool reads current data and the vehicle's number by the services every car has to have.";

    public override string Attacker => "scan tool";

    public override void Begin(VehicleNetwork network, Strength strength) =>
        network.Play(Script(network));

    private static IEnumerable<Step> Script(VehicleNetwork network)
    {
        var tester = new Tester(network, network.Server("ENG"));
        yield return tester.Ask(0x01, 0x00);
        for (var i = 0; i < 20; i++)
        {
            foreach (var parameter in (byte[])[0x05, 0x0C, 0x0D, 0x11])
            {
                yield return tester.Ask(0x01, parameter);
                yield return network.Wait(60);
            }
        }

        yield return tester.Ask(0x09, 0x00);
        yield return tester.Ask(0x09, 0x02);
    }
}
