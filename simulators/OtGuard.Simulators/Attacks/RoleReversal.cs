using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device begins to poll another.</summary>
public sealed class RoleReversal : DeviceAttack
{
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
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Devices[DeviceIndex + 1].Host];
    }

    /// <summary>How many requests.</summary>
    public int Polls { get; init; } = 10;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(Device(site).Host, site.Devices[DeviceIndex + 1]);
        for (var i = 0; i < Polls; i++)
        {
            link.Ask(ModbusPdu.ReadInputRegistersRequest(0, 8));
            capture.Wait(TimeSpan.FromSeconds(1));
        }

        link.Close();
    }
}
