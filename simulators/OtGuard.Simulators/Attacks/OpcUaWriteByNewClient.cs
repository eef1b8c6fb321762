using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host logs in anonymously and writes setpoints and switches.</summary>
public sealed class OpcUaWriteByNewClient : OpcUaAttack
{
    private static readonly AttackParameter Writes = new("writes", "", 1, 3, 20);
    private static readonly AttackParameter Interval = new("interval", "s", 5, 1, 0.2);

    /// <inheritdoc/>
    public override string Name => "opcua-write-by-new-client";

    /// <inheritdoc/>
    public override string Description =>
        "A new host logs in to the OPC UA server anonymously, lowers a setpoint and opens breakers.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0855", "T0836"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C13"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Writes, Interval];

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var link = site.OpcUa.Reach(site.Intruder).Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
        link.LogIn("client", null, OpcUaStation.TokenMilliseconds);
        var count = Writes.Count(strength);
        var interval = Interval.Seconds(strength);
        Repeat(site, count, interval, number => link.Ask(number == 0
            ? link.Client.Write(OpcUaAddressSpace.Of(site.Charging, "Setpoint"), OpcUaVariant.Of(100f))
            : link.Client.Write(
                OpcUaAddressSpace.Of(site.Feeders[number % site.Feeders.Count], "BreakerCommand"), OpcUaVariant.Of(false))));
        site.Later(interval * count + TimeSpan.FromSeconds(1), () => link.Close());
    }
}
