using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Somebody comes from the historian's address with a certificate of his own.</summary>
public sealed class OpcUaClientIdentityChange : OpcUaAttack
{
    private static readonly AttackParameter Sessions = new("sessions", "", 1, 2, 10);
    private static readonly AttackParameter Interval = new("interval", "s", 20, 20, 5);

    /// <inheritdoc/>
    public override string Name => "opcua-client-identity-change";

    /// <inheritdoc/>
    public override string Description =>
        "From the historian's address somebody comes with another certificate and application, and logs in as its user.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0848", "T0859"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C8"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Sessions, Interval];

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
        Repeat(site, Sessions.Count(strength), Interval.Seconds(strength), _ =>
        {
            var stranger = OpcUaPractice.Identity(OpcUaPractice.Stranger);
            var link = station.Reach(station.Historian, stranger, stranger.ApplicationUri)
                .Open(OpcUaSecurity.Sign, OpcUaStation.TokenMilliseconds);
            link.LogIn("client", OpcUaStation.HistorianUser, OpcUaStation.TokenMilliseconds);
            link.Ask(link.Client.Read([OpcUaAddressSpace.Of(site.Station, "Frequency")]));
            link.Close();
        });
    }
}
