using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The protection of a feeder is made blind.</summary>
public sealed class ProtectionSettingsChanged : DeviceAttack
{
    private static readonly AttackParameter Registers = new("registers", "", 1, 3, 9);

    /// <inheritdoc/>
    public override string Name => "protection-settings-changed";

    /// <inheritdoc/>
    public override string Description =>
        "The engineering workstation, which only ever read, raises pick-up currents and delays of a "
        + "feeder's protection.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0836", "T0838"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B3", "B2"];

    /// <inheritdoc/>
    public override bool IsLasting => true;

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Registers];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Workstation;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var registers = Math.Min(Registers.Count(strength), 9);
        var settings = Device(site).HoldingRegisters;
        var link = site.Connect(site.Workstation, Device(site));
        for (var i = 1; i <= registers; i++) link.Ask(ModbusPdu.WriteSingleRegister((ushort)i, (ushort)(settings[i] * 3)));
        link.Close();
    }
}
