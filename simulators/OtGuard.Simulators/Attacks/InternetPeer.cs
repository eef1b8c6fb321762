using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device is reached from a public address.</summary>
public sealed class InternetPeer : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "internet-peer";

    /// <inheritdoc/>
    public override string Description =>
        "A device is reached from a public address through the router.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0883"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A16", "A2"];

    private static readonly EthernetHost Peer = EthernetHost.At("93.184.215.14", name: "public-host");

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Peer;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = new Link(site, Attacker(site), Device(site)).Open();
        link.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 4));
        capture.Wait(TimeSpan.FromMilliseconds(50));
        link.Close();
    }
}
