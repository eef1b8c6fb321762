using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A device aborts the SCADA server's connection again and again.</summary>
public sealed class ServerResets : DeviceAttack
{
    private static readonly AttackParameter Resets = new("resets", "", 1, 5, 30);
    private static readonly AttackParameter Interval = new("interval", "s", 30, 4, 1);

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
    public override IReadOnlyList<AttackParameter> Parameters => [Resets, Interval];

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
        ArgumentNullException.ThrowIfNull(site);
        var resets = Resets.Count(strength);
        var interval = Interval.Seconds(strength);
        for (var i = 0; i < resets; i++)
        {
            site.Later(interval * i, () =>
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
