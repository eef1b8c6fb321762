using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host deletes nodes and puts others in their place.</summary>
public sealed class OpcUaModelChange : OpcUaAttack
{
    private static readonly AttackParameter Nodes = new("nodes", "", 1, 3, 40);
    private static readonly AttackParameter Interval = new("interval", "s", 10, 2, 0.1);

    /// <inheritdoc/>
    public override string Name => "opcua-model-change";

    /// <inheritdoc/>
    public override string Description =>
        "A new host deletes variables of the OPC UA server and adds others of the same name that do not change.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0889", "T0872"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C16"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Nodes, Interval];

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var link = site.OpcUa.Reach(site.Intruder).Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
        link.LogIn("engineering", null, OpcUaStation.TokenMilliseconds);
        string[] names = ["PowerFactor", "Temperature", "Energy"];
        var count = Nodes.Count(strength);
        var interval = Interval.Seconds(strength);
        Repeat(site, count, interval, number =>
        {
            var device = site.Feeders[number % site.Feeders.Count];
            var name = names[number / site.Feeders.Count % names.Length];
            var node = OpcUaAddressSpace.Of(device, name);
            link.Ask(link.Client.DeleteNodes(node));
            link.Ask(link.Client.AddVariable(
                OpcUaNodeId.Named(OpcUaAddressSpace.Namespace, device.Name), node, name, OpcUaVariant.Of(1f)));
        });
        site.Later(interval * count + TimeSpan.FromSeconds(1), () => link.Close());
    }
}
