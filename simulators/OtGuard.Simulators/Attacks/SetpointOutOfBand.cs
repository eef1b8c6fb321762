using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A known server writes a setpoint nobody ever uses.</summary>
public sealed class SetpointOutOfBand : DeviceAttack
{
    private static readonly AttackParameter Deviation = new("deviation", "%", 4, 10, 25);

    /// <inheritdoc/>
    public override string Name => "setpoint-out-of-band";

    /// <inheritdoc/>
    public override string Description =>
        "The SCADA server, in foreign hands, sets a tap changer to a voltage that no operator ever asks "
        + "for.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0836", "T0831"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B4"];

    /// <inheritdoc/>
    public override bool IsLasting => true;

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Deviation];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <summary>Attacks the first tap changer.</summary>
    public SetpointOutOfBand() => DeviceIndex = 0;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var link = site.LinkOf(site.Active, Device(site));
        var value = (ushort)Math.Round(2000 * (1 + Deviation.At(strength) / 100));
        if (link.Session.IsOpen)
            link.AskAll(ModbusPdu.WriteSingleRegister(SubstationProcess.SetpointRegister, value), ModbusPdu.ReadHoldingRegistersRequest(0, 16));
    }
}
