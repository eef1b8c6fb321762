using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device restarts in order.</summary>
public sealed class DeviceRestart : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "device-restart";

    /// <inheritdoc/>
    public override string Description =>
        "A device restarts in order: it closes its connections, is away, announces itself and is polled again.";

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <summary>How long it is away.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(8);

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
            capture.Add(Packet.GratuitousArp(device.Host));
            capture.Wait(TimeSpan.FromMilliseconds(100));
            foreach (var server in servers)
            {
                var link = site.LinkOf(server, device);
                if (!link.Session.IsOpen) link.Reopen();
            }
        });
    }
}
