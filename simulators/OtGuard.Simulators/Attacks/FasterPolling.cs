using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A known server polls faster than ever.</summary>
public sealed class FasterPolling : DeviceAttack
{
    private static readonly AttackParameter Rate = new("rate", "requests/s", 0.5, 2, 20);
    private static readonly AttackParameter Duration = new("duration", "s", 60, 60, 60);

    /// <inheritdoc/>
    public override string Name => "faster-polling";

    /// <inheritdoc/>
    public override string Description =>
        "The SCADA server, in foreign hands, reads a feeder additionally, in a rhythm of its own.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0855", "T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A10"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Rate, Duration];

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
        var period = TimeSpan.FromSeconds(1 / Rate.At(strength));
        var count = (int)(Duration.At(strength) * Rate.At(strength));
        for (var i = 0; i < count; i++)
        {
            site.Later(period * i, () =>
            {
                var link = site.LinkOf(site.Active, Device(site));
                if (link.Session.IsOpen) link.Ask(ModbusPdu.ReadInputRegistersRequest(0, 8));
            });
        }
    }
}
