using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The recorder's clock is set.</summary>
public sealed class RecorderClockStep : Attack
{
    /// <inheritdoc/>
    public override string Name => "recorder-clock-step";

    /// <inheritdoc/>
    public override string Description =>
        "The recorder's clock is set forward by three seconds, and back after a minute.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Clock;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        capture.RecorderError = 3_000_000_000;
        site.Later(TimeSpan.FromSeconds(60), () => capture.RecorderError = 0);
    }
}
