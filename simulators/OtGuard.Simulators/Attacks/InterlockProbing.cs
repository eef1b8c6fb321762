using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Commands that interlocks refuse.</summary>
public sealed class InterlockProbing : Attack
{
    private static readonly AttackParameter Feeders = new("feeders", "", 1, 4, 8);
    private static readonly AttackParameter Attempts = new("attempts", "", 1, 3, 20);

    /// <inheritdoc/>
    public override string Name => "interlock-probing";

    /// <inheritdoc/>
    public override string Description =>
        "The SCADA server, in foreign hands, tries to earth feeders that are under voltage; their "
        + "interlocks refuse.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0855", "T0837"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B2", "B3", "B13", "B11"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Feeders, Attempts];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Feeders[0].Host];
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var feeders = Math.Min(Feeders.Count(strength), site.Feeders.Count);
        var attempts = Attempts.Count(strength);
        for (var i = 0; i < feeders * attempts; i++)
        {
            var feeder = site.Feeders[i % feeders];
            site.Later(TimeSpan.FromSeconds(0.5) * i, () =>
            {
                var link = site.LinkOf(site.Active, feeder);
                if (link.Session.IsOpen) link.Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.EarthingCoil, true));
            });
        }
    }
}
