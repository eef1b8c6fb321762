using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device is kept too busy to serve.</summary>
public sealed class BusyStorm : DeviceAttack
{
    private static readonly AttackParameter Duration = new("duration", "s", 12, 30, 120);

    /// <inheritdoc/>
    public override string Name => "busy-storm";

    /// <inheritdoc/>
    public override string Description =>
        "Something keeps a device so busy that it answers every request with exception 6 for a while.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B13"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Duration];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Active];
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var device = Device(site);
        device.IsBusy = true;
        Ask();
        site.Later(Duration.Seconds(strength), () =>
        {
            Ask();
            device.IsBusy = false;
        });

        void Ask()
        {
            var link = site.LinkOf(site.Active, device);
            if (link.Session.IsOpen) link.Ask(ModbusPdu.ReadInputRegistersRequest(0, 8));
        }
    }
}
