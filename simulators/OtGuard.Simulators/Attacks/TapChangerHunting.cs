using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A tap changer is kept moving.</summary>
public sealed class TapChangerHunting : DeviceAttack
{
    private static readonly AttackParameter Commands = new("commands", "", 6, 20, 80);
    private static readonly AttackParameter Interval = new("interval", "s", 30, 6, 1);

    /// <inheritdoc/>
    public override string Name => "tap-changer-hunting";

    /// <inheritdoc/>
    public override string Description =>
        "The SCADA server, in foreign hands, moves a setpoint up and down within the usual band, so that "
        + "the tap changers wear.";

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

    /// <summary>Attacks the first tap changer.</summary>
    public TapChangerHunting() => DeviceIndex = 0;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var commands = Commands.Count(strength);
        var interval = Interval.Seconds(strength);
        for (var i = 0; i < commands; i++)
        {
            var value = i % 2 == 0 ? (ushort)2030 : (ushort)1990;
            site.Later(interval * i, () =>
            {
                var link = site.LinkOf(site.Active, Device(site));
                if (link.Session.IsOpen) link.Ask(ModbusPdu.WriteSingleRegister(SubstationProcess.SetpointRegister, value));
            });
        }
    }
}
