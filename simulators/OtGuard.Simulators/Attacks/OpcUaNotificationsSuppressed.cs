using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Notifications no longer reach the historian.</summary>
public sealed class OpcUaNotificationsSuppressed : OpcUaAttack
{
    private static readonly AttackParameter Share = new("share", "%", 30, 90, 100);
    private static readonly AttackParameter Duration = new("duration", "s", 60, 120, 240);

    /// <inheritdoc/>
    public override string Name => "opcua-notifications-suppressed";

    /// <inheritdoc/>
    public override string Description =>
        "Notifications of the OPC UA server no longer reach the historian, whose session stays open.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0804", "T0815"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C17"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Share, Duration];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.OpcUa.Host;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.OpcUa.Historian];
    }

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var share = Share.At(strength) / 100;
        var server = site.OpcUa.Server;
        server.HoldsBack = () => site.Random.NextDouble() < share;
        site.Later(Duration.Seconds(strength), () => server.HoldsBack = null);
    }
}
