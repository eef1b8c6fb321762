using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A known server polls less than it should.</summary>
public sealed class SlowerPolling : DeviceAttack
{
    private static readonly AttackParameter Share = new("share left out", "", 0.3, 0.7, 0.95);
    private static readonly AttackParameter Duration = new("duration", "s", 120, 120, 120);

    /// <inheritdoc/>
    public override string Name => "slower-polling";

    /// <inheritdoc/>
    public override string Description =>
        "Most of the polls of a feeder are held back, so that the operator sees old values.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0804"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A10", "A11"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Share, Duration];

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
        device.PollsLeftOut = Math.Clamp(Share.At(strength), 0, 1);
        site.Later(Duration.Seconds(strength), () => device.PollsLeftOut = 0);
    }
}
