using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host claims the addresses of others.</summary>
public sealed class ArpSpoofing : DeviceAttack
{
    private static readonly AttackParameter Claims = new("claims", "", 5, 40, 300);
    private static readonly AttackParameter Interval = new("interval", "s", 20, 1, 0.1);

    /// <inheritdoc/>
    public override string Name => "arp-spoofing";

    /// <inheritdoc/>
    public override string Description =>
        "A new host claims the addresses of the active SCADA server and of a device for its own link address.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0830"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A8"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Claims, Interval];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var claims = Claims.Count(strength);
        var interval = Interval.Seconds(strength);
        var device = Device(site).Host;
        for (var i = 0; i < claims; i++)
        {
            Claim(device, site.Active);
            Claim(site.Active, device);
            capture.Wait(interval);
        }

        void Claim(EthernetHost claimed, EthernetHost told) => capture.Add(Packet.Arp(
            site.Intruder.Mac, told.Mac, 2, site.Intruder.Mac, claimed.Ip, told.Mac, told.Ip));
    }
}
