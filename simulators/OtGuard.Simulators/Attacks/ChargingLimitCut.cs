using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The charging park is throttled.</summary>
public sealed class ChargingLimitCut : DeviceAttack
{
    private static readonly AttackParameter Limit = new("limit", "kW", 320, 80, 0);

    /// <inheritdoc/>
    public override string Name => "charging-limit-cut";

    /// <inheritdoc/>
    public override string Description =>
        "The SCADA server, in foreign hands, limits the charging park to almost nothing, so that no vehicle "
        + "can charge.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0836", "T0831"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B4"];

    /// <inheritdoc/>
    public override bool IsLasting => true;

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Limit];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <summary>Attacks the charging park.</summary>
    public ChargingLimitCut() => DeviceIndex = 11;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var link = site.LinkOf(site.Active, Device(site));
        if (!link.Session.IsOpen) return;
        link.AskAll(
            ModbusPdu.WriteMultipleRegistersRequest(SubstationProcess.SetpointRegister, (ushort)Limit.At(strength), 20),
            ModbusPdu.ReadHoldingRegistersRequest(0, 16));
    }
}
