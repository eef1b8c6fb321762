using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A breaker is opened and closed until it wears out.</summary>
public sealed class BreakerToggling : DeviceAttack
{
    private static readonly AttackParameter Commands = new("commands", "", 8, 30, 120);
    private static readonly AttackParameter Interval = new("interval", "s", 6, 1.5, 0.3);

    /// <inheritdoc/>
    public override string Name => "breaker-toggling";

    /// <inheritdoc/>
    public override string Description =>
        "The SCADA server, in foreign hands, opens and closes a feeder again and again.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0806", "T0831"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B5"];

    /// <inheritdoc/>
    public override bool IsLasting => true;

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Commands, Interval];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var commands = Commands.Count(strength);
        var interval = Interval.Seconds(strength);
        for (var i = 0; i < commands; i++)
        {
            var close = i % 2 == 1;
            site.Later(interval * i, () =>
            {
                var link = site.LinkOf(site.Active, Device(site));
                if (link.Session.IsOpen) link.Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, close));
            });
        }
    }
}
