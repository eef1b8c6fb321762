using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The devices' clocks go over to summer time.</summary>
public sealed class DaylightChange : Attack
{
    /// <inheritdoc/>
    public override string Name => "daylight-change";

    /// <inheritdoc/>
    public override string Description => "The clocks of all devices, which count local time, go forward by an hour.";

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Clock;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        site.Process.ClockError += 3600;
    }
}
