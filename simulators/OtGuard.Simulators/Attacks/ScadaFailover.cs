using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The active SCADA server dies and the other one takes over.</summary>
public sealed class ScadaFailover : Attack
{
    /// <inheritdoc/>
    public override string Name => "scada-failover";

    /// <inheritdoc/>
    public override string Description =>
        "The active SCADA server dies; the other one takes over after some seconds, and the first comes back later.";

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <summary>How long it takes the standby server to notice.</summary>
    public TimeSpan Detection { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the failed server is away.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(40);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var failed = site.Active;
        foreach (var device in site.Devices) site.LinkOf(failed, device).Session.Vanish();
        site.Later(Detection, () => site.Activate(site.Standby));
        site.Later(Outage, () =>
        {
            capture.Add(Packet.GratuitousArp(failed));
            foreach (var device in site.Devices)
            {
                capture.Wait(TimeSpan.FromMilliseconds(20));
                if (!site.LinkOf(failed, device).Session.IsOpen) site.LinkOf(failed, device).Reopen();
            }
        });
    }
}
