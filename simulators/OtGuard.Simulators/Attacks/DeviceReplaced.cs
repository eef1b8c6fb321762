using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device is exchanged for one of the same type.</summary>
public sealed class DeviceReplaced : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "device-replaced";

    /// <inheritdoc/>
    public override string Description =>
        "A device is taken off the network and exchanged for one of the same type and firmware, with "
        + "another link address.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <summary>How long the exchange takes.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(90);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var device = Device(site);
        EthernetHost[] servers = [site.ScadaA, site.ScadaB];
        foreach (var server in servers)
        {
            var link = site.LinkOf(server, device);
            if (link.Session.IsOpen) link.Close(Side.Server);
        }

        device.IsOff = true;
        site.Later(Outage, () =>
        {
            device.IsOff = false;
            device.Host.Mac = MacAddress.Parse("02:00:0a:14:00:fe");
            capture.Add(Packet.GratuitousArp(device.Host));
            capture.Wait(TimeSpan.FromMilliseconds(100));
            foreach (var server in servers)
            {
                site.Resolve(server, device.Host);
                var link = site.LinkOf(server, device);
                if (!link.Session.IsOpen) link.Reopen();
            }
        });
    }
}
