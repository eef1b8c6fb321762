using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The monthly relay test.</summary>
public sealed class RelayTest : Attack
{
    /// <inheritdoc/>
    public override string Name => "relay-test";

    /// <inheritdoc/>
    public override string Description =>
        "The monthly test: the operator opens and closes every feeder in turn, each within some seconds.";

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        for (var i = 0; i < site.Feeders.Count; i++)
        {
            var feeder = site.Feeders[i];
            for (var half = 0; half < 2; half++)
            {
                var close = half == 1;
                site.Later(TimeSpan.FromSeconds(12 * i + 4 * half), () =>
                {
                    var link = site.LinkOf(site.Active, feeder);
                    if (!link.Session.IsOpen) return;
                    link.AskAll(
                        ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, close), ModbusPdu.ReadCoilsRequest(0, 8));
                });
            }
        }
    }
}
