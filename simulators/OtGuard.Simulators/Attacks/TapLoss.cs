using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The mirror port is down for a while.</summary>
public sealed class TapLoss : Attack
{
    /// <inheritdoc/>
    public override string Name => "tap-loss";

    /// <inheritdoc/>
    public override string Description => "The mirror port is down for half a minute; the station lives on unseen.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Switch;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        capture.IsBlind = true;
        site.Later(TimeSpan.FromSeconds(30), () => capture.IsBlind = false);
    }
}
