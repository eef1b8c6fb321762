using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device in foreign hands sends answers nobody asked for.</summary>
public sealed class UnsolicitedResponses : DeviceAttack
{
    private static readonly AttackParameter Responses = new("responses", "", 1, 5, 60);
    private static readonly AttackParameter Interval = new("interval", "s", 30, 3, 0.2);

    /// <inheritdoc/>
    public override string Name => "unsolicited-responses";

    /// <inheritdoc/>
    public override string Description =>
        "A device in foreign hands sends answers nobody asked for, with false measurements.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0856", "T0830"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B17"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Responses, Interval];

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
        var responses = Responses.Count(strength);
        var interval = Interval.Seconds(strength);
        for (var i = 0; i < responses; i++)
        {
            site.Later(interval * i, () =>
            {
                var link = site.LinkOf(site.Active, Device(site));
                if (!link.Session.IsOpen) return;
                var transaction = (ushort)(link.Modbus.Transaction + 1000);
                link.Session.Send(Side.Server, ModbusAdu.Mbap(
                    transaction, Device(site).Unit,
                    ModbusPdu.ReadInputRegistersResponse(2000, 0, 0, 0, 0, 5000, 250, 0)));
                capture.Wait(TimeSpan.FromMicroseconds(150));
                link.Session.Acknowledge(Side.Client);
            });
        }
    }
}
