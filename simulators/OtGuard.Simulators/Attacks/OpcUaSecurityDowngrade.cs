using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The historian is made to come without security.</summary>
public sealed class OpcUaSecurityDowngrade : OpcUaAttack
{
    private static readonly AttackParameter Duration = new("duration", "s", 10, 60, 240);

    /// <inheritdoc/>
    public override string Name => "opcua-security-downgrade";

    /// <inheritdoc/>
    public override string Description =>
        "The historian loses its secured session and comes back without any security, anonymously: somebody between the "
        + "two offered it nothing else.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0830"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C5"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Duration];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.OpcUa.Historian;
    }

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var station = site.OpcUa;
        station.HistorianLink?.Abort();
        var link = station.Reach(station.Historian, applicationUri: station.HistorianIdentity.ApplicationUri)
            .Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
        link.LogIn("historian", null, OpcUaStation.TokenMilliseconds);
        var powers = site.Devices.Select(device => OpcUaAddressSpace.Of(device, "ActivePower")).ToList();
        var duration = Duration.Seconds(strength);
        Repeat(site, (int)Math.Max(1, duration.TotalSeconds / 5), TimeSpan.FromSeconds(5), _ => link.Ask(link.Client.Read(powers)));
        site.Later(duration, () =>
        {
            link.Close();
            // It comes back secured; that is normal life again.
            using (site.Capture.Mark(null)) site.Later(TimeSpan.FromSeconds(2), station.ConnectHistorian);
        });
    }
}
