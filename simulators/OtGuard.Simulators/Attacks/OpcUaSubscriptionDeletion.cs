using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host deletes the subscriptions of others.</summary>
public sealed class OpcUaSubscriptionDeletion : OpcUaAttack
{
    private static readonly AttackParameter Times = new("times", "", 1, 2, 6);
    private static readonly AttackParameter Interval = new("interval", "s", 60, 45, 30);

    /// <inheritdoc/>
    public override string Name => "opcua-subscription-deletion";

    /// <inheritdoc/>
    public override string Description =>
        "A new host deletes the historian's subscriptions by trying their numbers: the historian is told nothing more.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0804", "T0815"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C17"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Times, Interval];

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        const uint beyond = 5;
        Repeat(site, Times.Count(strength), Interval.Seconds(strength), _ =>
        {
            var link = site.OpcUa.Reach(site.Intruder).Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
            link.LogIn("client", null, OpcUaStation.TokenMilliseconds);
            var last = site.OpcUa.Server.Subscriptions.DefaultIfEmpty().Max() + beyond;
            link.Ask(link.Client.DeleteSubscriptions([.. Enumerable.Range(1, (int)last).Select(id => (uint)id)]));
            link.Close();
        });
    }
}
