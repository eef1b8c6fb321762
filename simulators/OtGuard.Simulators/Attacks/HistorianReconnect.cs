using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The historian is away for a while.</summary>
public sealed class HistorianReconnect : OpcUaAttack
{
    /// <inheritdoc/>
    public override string Name => "historian-reconnect";

    /// <inheritdoc/>
    public override string Description =>
        "The historian's program ends, is started again after a while, and connects and subscribes anew.";

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.OpcUa.Historian;
    }

    /// <summary>How long it is away.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var station = site.OpcUa;
        station.HistorianLink?.Abort();
        site.Later(Outage, station.ConnectHistorian);
    }
}
