using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A known reader carries away what there is.</summary>
public sealed class BulkReading : DeviceAttack
{
    private static readonly AttackParameter Rate = new("rate", "requests/s", 5, 50, 500);
    private static readonly AttackParameter Duration = new("duration", "s", 30, 30, 30);

    /// <inheritdoc/>
    public override string Name => "bulk-reading";

    /// <inheritdoc/>
    public override string Description =>
        "The engineering workstation reads the same registers as ever, but without pause.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814", "T0802"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A12", "A10"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Rate, Duration];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Workstation;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Workstation, Device(site));
        var period = TimeSpan.FromSeconds(1 / Rate.At(strength));
        var count = (int)(Duration.At(strength) * Rate.At(strength));
        for (var i = 0; i < count; i++)
        {
            link.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 16));
            capture.Wait(period);
        }

        link.Close();
    }
}
