using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A storm: loads swing, protection trips and recloses.</summary>
public sealed class StormDay : Attack
{
    /// <inheritdoc/>
    public override string Name => "storm-day";

    /// <inheritdoc/>
    public override string Description =>
        "A storm: loads swing, the sun is gone, and the protection of three feeders trips and recloses by "
        + "itself.";

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Feeders[1].Host;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        site.Process.Storm = 1;
        for (var i = 0; i < 3; i++)
        {
            var feeder = site.Feeders[2 * i + 1];
            site.Later(TimeSpan.FromSeconds(15 + 25 * i), () =>
            {
                if (!feeder.Coils[SubstationProcess.BreakerCoil]) return;
                feeder.Operate(SubstationProcess.BreakerCoil, false);
                // A short interruption, as automatic reclosing makes it.
                site.Later(TimeSpan.FromSeconds(0.5), () => feeder.Operate(SubstationProcess.BreakerCoil, true));
            });
        }

        site.Later(TimeSpan.FromSeconds(120), () => site.Process.Storm = 0);
    }
}
