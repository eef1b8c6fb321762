using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host tries one password after the other.</summary>
public sealed class OpcUaCredentialGuessing : OpcUaAttack
{
    private static readonly AttackParameter Interval = new("interval", "s", 6, 1, 0.05);
    private static readonly AttackParameter Attempts = new("attempts", "", 15, 60, 600);

    /// <inheritdoc/>
    public override string Name => "opcua-credential-guessing";

    /// <inheritdoc/>
    public override string Description =>
        "A new host tries one password after the other for the historian's user, and is refused each time.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0812", "T0859"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C7"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Interval, Attempts];

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var link = site.OpcUa.Reach(site.Intruder).Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
        var server = site.OpcUa.Server;
        link.Ask(link.Client.CreateSession(server.Url, "client", OpcUaStation.TokenMilliseconds));
        var attempts = Attempts.Count(strength);
        var interval = Interval.Seconds(strength);
        Repeat(site, attempts, interval, number => link.Ask(link.Client.ActivateSession(
            new OpcUaUser(OpcUaStation.HistorianUser.Name, $"password{number}"), server.Identity.Certificate)));
        site.Later(interval * attempts + TimeSpan.FromSeconds(1), () => link.Close(hasSession: false));
    }
}
