using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Requests are lost behind the mirror and sent again.</summary>
public sealed class Retransmissions : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "retransmissions";

    /// <inheritdoc/>
    public override string Description =>
        "Requests to a device are lost behind the mirror and sent again.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <summary>How many.</summary>
    public int Requests { get; init; } = 5;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        for (var i = 0; i < Requests; i++)
        {
            site.Later(TimeSpan.FromSeconds(2) * i, () =>
            {
                var link = site.LinkOf(site.Active, Device(site));
                if (!link.Session.IsOpen) return;
                var request = ModbusPdu.ReadInputRegistersRequest(0, 8);
                link.Modbus.Request(Device(site).Unit, request);
                capture.Wait(TimeSpan.FromMilliseconds(300));
                link.Session.Retransmit(Side.Client);
                link.Modbus.Respond(Device(site).Unit, Device(site).Answer(request));
            });
        }
    }
}
