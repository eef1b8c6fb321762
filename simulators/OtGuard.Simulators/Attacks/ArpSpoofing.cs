using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host claims the addresses of others.</summary>
public sealed class ArpSpoofing : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "arp-spoofing";

    /// <inheritdoc/>
    public override string Description =>
        "A new host claims the addresses of the active SCADA server and of a device for its own link address.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0830"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A8"];

    /// <summary>How often both claims are repeated.</summary>
    public int Claims { get; init; } = 40;

    /// <summary>Pause between two repetitions.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var device = Device(site).Host;
        for (var i = 0; i < Claims; i++)
        {
            Claim(device, site.Active);
            Claim(site.Active, device);
            capture.Wait(Interval);
        }

        void Claim(EthernetHost claimed, EthernetHost told) => capture.Add(Packet.Arp(
            site.Intruder.Mac, told.Mac, 2, site.Intruder.Mac, claimed.Ip, told.Mac, told.Ip));
    }
}
