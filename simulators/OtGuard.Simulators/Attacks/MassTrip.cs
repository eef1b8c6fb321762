using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Everything is switched off at once.</summary>
public sealed class MassTrip : Attack
{
    private static readonly AttackParameter Feeders = new("feeders", "", 2, 5, 8);
    private static readonly AttackParameter Interval = new("interval", "s", 10, 2, 0.2);

    /// <inheritdoc/>
    public override string Name => "mass-trip";

    /// <inheritdoc/>
    public override string Description =>
        "The SCADA server, in foreign hands, opens the breakers of several feeders within seconds, and "
        + "closes none.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0855", "T0831"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B5", "B7"];

    /// <inheritdoc/>
    public override bool IsLasting => true;

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Feeders, Interval];

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
        return [site.Feeders[0].Host, site.Feeders[1].Host];
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var feeders = Math.Min(Feeders.Count(strength), site.Feeders.Count);
        var interval = Interval.Seconds(strength);
        for (var i = 0; i < feeders; i++)
        {
            var feeder = site.Feeders[i];
            site.Later(interval * i, () =>
            {
                var link = site.LinkOf(site.Active, feeder);
                if (link.Session.IsOpen) link.Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, false));
            });
        }
    }
}
