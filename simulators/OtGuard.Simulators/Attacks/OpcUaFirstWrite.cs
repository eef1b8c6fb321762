using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A known client writes nodes it never wrote.</summary>
public sealed class OpcUaFirstWrite : OpcUaAttack
{
    private static readonly AttackParameter Writes = new("writes", "", 1, 2, 10);
    private static readonly AttackParameter Interval = new("interval", "s", 10, 5, 0.5);

    /// <inheritdoc/>
    public override string Name => "opcua-first-write";

    /// <inheritdoc/>
    public override string Description =>
        "Through the energy management's display, which sets the tariff alone, setpoints and breakers are written.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0855", "T0836"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C13"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Writes, Interval];

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
        Repeat(site, Writes.Count(strength), Interval.Seconds(strength), number => WithDisplay(site, link => link.Ask(number == 0
            ? link.Client.Write(OpcUaAddressSpace.Of(site.Solar, "Setpoint"), OpcUaVariant.Of(500f))
            : link.Client.Write(
                OpcUaAddressSpace.Of(site.Feeders[(number + 1) % site.Feeders.Count], "BreakerCommand"), OpcUaVariant.Of(false)))));
    }
}
