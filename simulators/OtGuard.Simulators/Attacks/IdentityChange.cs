using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device shows another firmware version than before.</summary>
public sealed class IdentityChange : DeviceAttack
{
    private static readonly AttackParameter Objects = new("objects changed", "", 1, 2, 3);

    /// <inheritdoc/>
    public override string Name => "identity-change";

    /// <inheritdoc/>
    public override string Description =>
        "A device answers the workstation's usual question with another firmware version.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0857"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A18"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Objects];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Workstation];
    }

    /// <summary>What it says from now on.</summary>
    public string Version { get; init; } = "V3.2.1-x";

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var objects = Objects.Count(strength);
        var device = Device(site);
        device.Identity =
        [
            objects > 2 ? (device.Identity[0].Id, "Acme") : device.Identity[0],
            objects > 1 ? (device.Identity[1].Id, "RTU-X") : device.Identity[1],
            (2, Version),
        ];
        var link = site.Connect(site.Workstation, device);
        link.AskAll(
            ModbusPdu.ReadHoldingRegistersRequest(0, 16), ModbusPdu.ReadInputRegistersRequest(0, 8),
            ModbusPdu.ReadDeviceIdentificationRequest());
        link.Close();
    }
}
