using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device aborts the SCADA server's connection again and again.</summary>
public sealed class ServerResets : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "server-resets";

    /// <inheritdoc/>
    public override string Description =>
        "A device aborts the SCADA server's connection again and again.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B27"];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Active];
    }

    /// <summary>How often.</summary>
    public int Resets { get; init; } = 5;

    /// <summary>Pause between two of them.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(4);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        for (var i = 0; i < Resets; i++)
        {
            site.Later(Interval * i, () =>
            {
                var link = site.LinkOf(site.Active, Device(site));
                if (!link.Session.IsOpen) return;
                link.Session.Reset(Side.Server);
                // The server comes back by itself; that is normal life again.
                using (capture.Mark(null)) site.Later(TimeSpan.FromSeconds(1), link.Reopen);
            });
        }
    }
}
