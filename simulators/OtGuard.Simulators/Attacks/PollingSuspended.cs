using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device is no longer asked.</summary>
public sealed class PollingSuspended : DeviceAttack
{
    private static readonly AttackParameter Duration = new("duration", "s", 30, 90, 240);

    /// <inheritdoc/>
    public override string Name => "polling-suspended";

    /// <inheritdoc/>
    public override string Description => "The SCADA server no longer polls a feeder, whose connection stays open.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0804"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A11"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Duration];

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
        var device = Device(site);
        device.PollsLeftOut = 1;
        site.Later(Duration.Seconds(strength), () => device.PollsLeftOut = 0);
    }
}
