using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The mirror shows one direction only, for a while.</summary>
public sealed class OneSidedMirror : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "one-sided-mirror";

    /// <inheritdoc/>
    public override string Description =>
        "The mirror shows only what the SCADA servers send to a device, for a while.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <summary>How long.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        EthernetHost[] servers = [site.ScadaA, site.ScadaB];
        foreach (var server in servers) site.LinkOf(server, Device(site)).Session.Visible = Visible.FromClient;
        site.Later(Duration, () =>
        {
            foreach (var server in servers) site.LinkOf(server, Device(site)).Session.Visible = Visible.Both;
        });
    }
}
