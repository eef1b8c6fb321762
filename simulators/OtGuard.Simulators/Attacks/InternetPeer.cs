using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device is reached from a public address.</summary>
public sealed class InternetPeer : DeviceAttack
{
    private static readonly AttackParameter Requests = new("requests", "", 1, 4, 100);

    /// <inheritdoc/>
    public override string Name => "internet-peer";

    /// <inheritdoc/>
    public override string Description =>
        "A device is reached from a public address through the router.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0883"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A16", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Requests];

    private static readonly EthernetHost Peer = EthernetHost.At("93.184.215.14", name: "public-host");

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Peer;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var requests = Requests.Count(strength);
        var link = new Link(site, Attacker(site), Device(site)).Open();
        for (var i = 0; i < requests; i++)
        {
            link.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 4));
            capture.Wait(TimeSpan.FromMilliseconds(50));
        }

        link.Close();
    }
}
