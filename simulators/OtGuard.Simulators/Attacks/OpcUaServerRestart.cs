using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The OPC UA server restarts in order.</summary>
public sealed class OpcUaServerRestart : OpcUaAttack
{
    /// <inheritdoc/>
    public override string Name => "opcua-server-restart";

    /// <inheritdoc/>
    public override string Description =>
        "The OPC UA server's program restarts: it closes its connections, refuses new ones for a while, and its clients come back.";

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.OpcUa.Host;
    }

    /// <summary>How long it is away.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var station = site.OpcUa;
        station.HistorianLink?.CloseByServer();
        station.DisplayLink?.CloseByServer();
        station.Server.Restart();
        station.IsDown = true;
        // Its clients try until it is there again.
        site.Later(TimeSpan.FromSeconds(1), station.ConnectHistorian);
        site.Later(TimeSpan.FromSeconds(2), station.ConnectDisplay);
        site.Later(Outage, () => station.IsDown = false);
    }
}
