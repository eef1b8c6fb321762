using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device begins to poll another.</summary>
public sealed class RoleReversal : DeviceAttack
{
    private static readonly AttackParameter Polls = new("polls", "", 1, 10, 100);
    private static readonly AttackParameter Interval = new("interval", "s", 10, 1, 0.1);

    /// <inheritdoc/>
    public override string Name => "role-reversal";

    /// <inheritdoc/>
    public override string Description =>
        "A feeder's device, which only ever answered, begins to poll its neighbour.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0848"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A4", "A2", "B1"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Polls, Interval];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Devices[DeviceIndex + 1].Host];
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var polls = Polls.Count(strength);
        var interval = Interval.Seconds(strength);
        var link = site.Connect(Device(site).Host, site.Devices[DeviceIndex + 1]);
        for (var i = 0; i < polls; i++)
        {
            link.Ask(ModbusPdu.ReadInputRegistersRequest(0, 8));
            capture.Wait(interval);
        }

        link.Close();
    }
}
