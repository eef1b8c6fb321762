using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Somebody between a device and those who read it tells other measurements than the device does.</summary>
public abstract class FalseMeasurement : DeviceAttack
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0856", "T0832"];

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
        ArgumentNullException.ThrowIfNull(capture);
        var device = Device(site);
        var begin = capture.Now;
        var lie = Begin(device, strength);
        device.Falsified = new Falsification(capture.Truth, registers =>
        {
            var told = (ushort[])registers.Clone();
            lie(told, (capture.Now - begin) / 1e9);
            return told;
        });
        site.Later(Duration(strength), () => device.Falsified = null);
    }

    /// <summary>How long it lasts.</summary>
    protected abstract TimeSpan Duration(Strength strength);

    /// <summary>What changes a copy of the input registers, given the seconds since the beginning.</summary>
    protected abstract Action<ushort[], double> Begin(SimulatedDevice device, Strength strength);
}
