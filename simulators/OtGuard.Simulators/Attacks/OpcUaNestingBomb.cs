using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Values nested beyond sense.</summary>
public sealed class OpcUaNestingBomb : OpcUaAttack
{
    private static readonly AttackParameter Depth = new("depth", "", 50, 150, 5000);
    private static readonly AttackParameter Writes = new("writes", "", 1, 3, 20);

    /// <inheritdoc/>
    public override string Name => "opcua-nesting-bomb";

    /// <inheritdoc/>
    public override string Description =>
        "A new host writes values in which values are nested so deeply that a careless server runs out of stack.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814", "T0866"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C20"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Depth, Writes];

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var link = site.OpcUa.Reach(site.Intruder).Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
        link.LogIn("client", null, OpcUaStation.TokenMilliseconds);
        var depth = Depth.Count(strength);
        var writes = Writes.Count(strength);
        Repeat(site, writes, TimeSpan.FromSeconds(2), _ => link.Ask(link.Client.WriteNested(OpcUaAddressSpace.Tariff, depth)));
        site.Later(TimeSpan.FromSeconds(2) * writes, () => link.Close());
    }
}
