using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Answers that do not fit their questions.</summary>
public sealed class MismatchingResponses : DeviceAttack
{
    private static readonly AttackParameter Exchanges = new("exchanges", "", 1, 6, 60);
    private static readonly AttackParameter Interval = new("interval", "s", 30, 3, 0.5);

    /// <inheritdoc/>
    public override string Name => "mismatching-responses";

    /// <inheritdoc/>
    public override string Description =>
        "Somebody between SCADA and a device answers reads with the wrong number of values and the wrong unit.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0856", "T0830"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B18"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Exchanges, Interval];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Active];
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var exchanges = Exchanges.Count(strength);
        var interval = Interval.Seconds(strength);
        for (var i = 0; i < exchanges; i++)
        {
            var wrongUnit = i % 2 == 1;
            site.Later(interval * i, () =>
            {
                var link = site.LinkOf(site.Active, Device(site));
                if (!link.Session.IsOpen) return;
                link.Modbus.Request(Device(site).Unit, ModbusPdu.ReadInputRegistersRequest(0, 8));
                link.Modbus.Respond(
                    wrongUnit ? (byte)9 : Device(site).Unit,
                    wrongUnit
                        ? ModbusPdu.ReadInputRegistersResponse(2000, 0, 0, 0, 0, 5000, 250, 0)
                        : ModbusPdu.ReadInputRegistersResponse(2000, 0, 0));
            });
        }
    }
}
