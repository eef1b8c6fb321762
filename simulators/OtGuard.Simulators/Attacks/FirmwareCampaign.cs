using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>New firmware in its maintenance window.</summary>
public sealed class FirmwareCampaign : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "firmware-campaign";

    /// <inheritdoc/>
    public override string Description =>
        "The workstation loads new firmware into the station RTU within its window; the RTU restarts and "
        + "names its new version.";

    /// <inheritdoc/>
    public override bool IsAnnounced => true;

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Workstation;
    }

    /// <summary>The station's RTU, which stores files.</summary>
    public FirmwareCampaign() => DeviceIndex = 13;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var device = Device(site);
        var link = site.Connect(site.Workstation, device);
        for (ushort record = 0; record < 20; record++)
            link.Ask(ModbusPdu.WriteFileRecord(new FileRecord(4, record, new ushort[50])));
        link.Close();
        device.Identity = [device.Identity[0], device.Identity[1], (2, "V3.3.0")];
        site.Later(TimeSpan.FromSeconds(20), () =>
        {
            var visit = site.Connect(site.Workstation, device);
            visit.AskAll(
                ModbusPdu.ReadHoldingRegistersRequest(0, 16), ModbusPdu.ReadInputRegistersRequest(0, 8),
                ModbusPdu.ReadDeviceIdentificationRequest());
            visit.Close();
        });
    }
}
