using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host asks which servers there are and how they can be reached.</summary>
public sealed class OpcUaDiscovery : OpcUaAttack
{
    private static readonly AttackParameter Times = new("times", "", 1, 5, 50);
    private static readonly AttackParameter Interval = new("interval", "s", 10, 5, 0.2);

    /// <inheritdoc/>
    public override string Name => "opcua-discovery";

    /// <inheritdoc/>
    public override string Description =>
        "A new host asks the OPC UA server which servers there are and how they can be reached.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0846", "T0888"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C11"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Times, Interval];

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        Repeat(site, Times.Count(strength), Interval.Seconds(strength), number =>
        {
            var link = site.OpcUa.Reach(site.Intruder).Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
            link.Ask(number % 2 == 0
                ? link.Client.GetEndpoints(site.OpcUa.Server.Url)
                : link.Client.FindServers(site.OpcUa.Server.Url));
            link.Close(hasSession: false);
        });
    }
}
