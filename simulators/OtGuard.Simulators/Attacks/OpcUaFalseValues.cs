using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The server tells values of a feeder that are not true.</summary>
public sealed class OpcUaFalseValues : OpcUaAttack
{
    private static readonly AttackParameter Share = new("share", "%", 3, 15, 60);
    private static readonly AttackParameter Duration = new("duration", "s", 120, 120, 240);

    private static readonly int[] Scaled =
    [
        SubstationProcess.CurrentRegister, SubstationProcess.ActivePowerRegister, SubstationProcess.ReactivePowerRegister,
    ];

    /// <inheritdoc/>
    public override string Name => "opcua-false-values";

    /// <inheritdoc/>
    public override string Description =>
        "The OPC UA server tells every client the same false current and power of a feeder: they fit together, but not to "
        + "what the feeder itself tells by Modbus.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0856", "T0832"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C14"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Share, Duration];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.OpcUa.Host;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.OpcUa.Historian, site.OpcUa.Display];
    }

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var factor = 1 - Share.At(strength) / 100;
        var feeder = site.Feeders[0];
        var told = site.OpcUa.Server.Space.Falsified;
        told[feeder] = new Falsification(site.Capture.Truth, registers =>
        {
            var lies = (ushort[])registers.Clone();
            foreach (var register in Scaled) lies[register] = (ushort)(short)Math.Round((short)lies[register] * factor);
            return lies;
        });
        site.Later(Duration.Seconds(strength), () => told.Remove(feeder));
    }
}
