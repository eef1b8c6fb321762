using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host walks through the address space.</summary>
public sealed class OpcUaNodeEnumeration : OpcUaAttack
{
    private static readonly AttackParameter Nodes = new("nodes", "", 30, 150, 1000);
    private static readonly AttackParameter Interval = new("interval", "s", 2, 0.3, 0.01);

    /// <inheritdoc/>
    public override string Name => "opcua-node-enumeration";

    /// <inheritdoc/>
    public override string Description =>
        "A new host browses the address space of the OPC UA server from its root on and reads every variable it finds.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0861", "T0888"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C12"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Nodes, Interval];

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var link = site.OpcUa.Reach(site.Intruder).Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
        link.LogIn("browser", null, OpcUaStation.TokenMilliseconds);
        var space = site.OpcUa.Server.Space;
        var nodes = new List<OpcUaNode>();
        // Breadth first, as tools do it.
        var open = new Queue<OpcUaNodeId>([OpcUaNodeId.Standard(84)]);
        while (open.TryDequeue(out var parent))
        {
            foreach (var child in space.ChildrenOf(parent))
            {
                nodes.Add(child);
                open.Enqueue(child.Id);
            }
        }

        var count = Math.Min(Nodes.Count(strength), nodes.Count);
        var interval = Interval.Seconds(strength);
        Repeat(site, count, interval, number =>
        {
            var node = nodes[number];
            link.Ask(node.Class == OpcUaNodeClass.Variable ? link.Client.Read([node.Id]) : link.Client.Browse(node.Id));
        });
        site.Later(interval * count + TimeSpan.FromSeconds(1), () => link.Close());
    }
}
