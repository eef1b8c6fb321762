using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The known workstation reads a device and asks who it is.</summary>
public sealed class MaintenanceVisit : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "maintenance-visit";

    /// <inheritdoc/>
    public override string Description =>
        "The known workstation reads a device and asks who it is, more often than usual.";

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Workstation;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        for (var i = 0; i < 3; i++)
        {
            var link = site.Connect(site.Workstation, Device(site));
            link.AskAll(
                ModbusPdu.ReadHoldingRegistersRequest(0, 16), ModbusPdu.ReadInputRegistersRequest(0, 8),
                ModbusPdu.ReadDeviceIdentificationRequest());
            link.Close();
            capture.Wait(TimeSpan.FromSeconds(5));
        }
    }
}
