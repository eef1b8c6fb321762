using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>One command to all behind a gateway.</summary>
public sealed class BroadcastWrite : DeviceAttack
{
    private static readonly AttackParameter Writes = new("writes", "", 1, 4, 40);

    /// <inheritdoc/>
    public override string Name => "broadcast-write";

    /// <inheritdoc/>
    public override string Description =>
        "The SCADA server, in foreign hands, writes to unit 0, which every device behind a gateway obeys "
        + "and none answers.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0855"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B1", "B2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Writes];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <summary>Attacks the station's RTU.</summary>
    public BroadcastWrite() => DeviceIndex = 13;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.LinkOf(site.Active, Device(site));
        var writes = Writes.Count(strength);
        for (var i = 0; i < writes && link.Session.IsOpen; i++)
        {
            link.Modbus.Request(0, ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, false));
            link.Session.Acknowledge(Side.Server);
            capture.Wait(TimeSpan.FromMilliseconds(200));
        }
    }
}
