using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device in foreign hands sends answers nobody asked for.</summary>
public sealed class UnsolicitedResponses : DeviceAttack
{
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
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Active];
    }

    /// <summary>How many.</summary>
    public int Responses { get; init; } = 5;

    /// <summary>Pause between two of them.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        for (var i = 0; i < Responses; i++)
        {
            site.Later(Interval * i, () =>
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
