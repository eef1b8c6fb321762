using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>What attacks on the OPC UA side have in common: a new host against the server.</summary>
public abstract class OpcUaAttack : Attack
{
    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.OpcUa.Host];
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        Begin(site, strength);
    }

    /// <summary>Begins it, at the capture's present time.</summary>
    protected abstract void Begin(Site site, Strength strength);

    /// <summary>Does something over the display's lasting connection, once it has one.</summary>
    private protected static void WithDisplay(Site site, Action<OpcUaLink> act)
    {
        if (site.OpcUa.DisplayLink is { IsOpen: true } link) act(link);
        else site.Later(TimeSpan.FromSeconds(1), () => WithDisplay(site, act));
    }

    /// <summary>Does something so many times, the first time at once.</summary>
    protected static void Repeat(Site site, int count, TimeSpan interval, Action<int> act)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(act);
        for (var i = 0; i < count; i++)
        {
            var number = i;
            site.Later(interval * number, () => act(number));
        }
    }
}
