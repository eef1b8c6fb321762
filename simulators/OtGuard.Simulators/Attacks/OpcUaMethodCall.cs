using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A known client calls a method nobody called.</summary>
public sealed class OpcUaMethodCall : OpcUaAttack
{
    private static readonly AttackParameter Calls = new("calls", "", 1, 2, 8);
    private static readonly AttackParameter Interval = new("interval", "s", 10, 5, 0.5);

    /// <inheritdoc/>
    public override string Name => "opcua-method-call";

    /// <inheritdoc/>
    public override string Description =>
        "Through the energy management's display feeders are tripped by a method that nobody ever called.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0871"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C15"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Calls, Interval];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.OpcUa.Display;
    }

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        Repeat(site, Calls.Count(strength), Interval.Seconds(strength), number => WithDisplay(site, link =>
        {
            var feeder = site.Feeders[(number + 2) % site.Feeders.Count];
            link.Ask(link.Client.Call(
                OpcUaNodeId.Named(OpcUaAddressSpace.Namespace, feeder.Name), OpcUaAddressSpace.Of(feeder, "Trip")));
        }));
    }
}
