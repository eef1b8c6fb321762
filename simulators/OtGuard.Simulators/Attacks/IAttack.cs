using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Something planted on the substation's network.</summary>
public interface IAttack : IPlantedEvent
{
    /// <inheritdoc/>
    SiteKind IPlantedEvent.SiteKind => SiteKind.Substation;

    /// <summary>Who does it.</summary>
    EthernetHost Attacker(Site site);

    /// <summary>To whom.</summary>
    IReadOnlyList<EthernetHost> Victims(Site site);

    /// <summary>
    /// Adds its frames from the capture's present time on. They are marked already; what is put off with
    /// <see cref="Site.Later"/> stays marked. Reactions of others (an unanswered poll after a device was silenced) are
    /// not marked: they are not the attacker's frames.
    /// </summary>
    void Write(CaptureBuilder capture, Site site, Strength strength);
}

/// <summary>What most attacks have in common: a new host against all devices.</summary>
public abstract class Attack : IAttack
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract string Description { get; }

    /// <inheritdoc/>
    public virtual IReadOnlyList<string> Techniques => [];

    /// <inheritdoc/>
    public virtual IReadOnlyList<string> ExpectedRows => [];

    /// <inheritdoc/>
    public bool IsAttack => ExpectedRows.Count > 0;

    /// <inheritdoc/>
    public virtual bool CanBeLive => true;

    /// <inheritdoc/>
    public virtual bool IsLasting => false;

    /// <inheritdoc/>
    public virtual bool IsAnnounced => false;

    /// <inheritdoc/>
    public virtual IReadOnlyList<AttackParameter> Parameters => [];

    /// <inheritdoc/>
    public virtual EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Intruder;
    }

    /// <inheritdoc/>
    public virtual IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [.. site.Devices.Select(device => device.Host)];
    }

    /// <inheritdoc/>
    public abstract void Write(CaptureBuilder capture, Site site, Strength strength);
}

/// <summary>An attack on one device, the first feeder unless told otherwise.</summary>
public abstract class DeviceAttack : Attack
{
    /// <summary>Index of the device in <see cref="Site.Devices"/>.</summary>
    public int DeviceIndex { get; init; } = 2;

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site) => [Device(site).Host];

    /// <summary>The device attacked.</summary>
    protected SimulatedDevice Device(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Devices[DeviceIndex];
    }
}
