using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host tries one unit identifier after the other.</summary>
public sealed class UnitSweep : DeviceAttack
{
    private static readonly AttackParameter Interval = new("interval", "s", 10, 0.1, 0.002);
    private static readonly AttackParameter Last = new("last unit identifier", "", 30, 247, 247);

    /// <inheritdoc/>
    public override string Name => "unit-sweep";

    /// <inheritdoc/>
    public override string Description =>
        "A new host tries one unit identifier after the other on a device.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0846"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B25", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Interval, Last];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var interval = Interval.Seconds(strength);
        var last = Last.Count(strength);
        var link = site.Connect(site.Intruder, Device(site));
        for (byte unit = 1; unit <= last; unit++)
        {
            link.AskUnit(unit, ModbusPdu.ReadHoldingRegistersRequest(0, 1));
            capture.Wait(interval);
        }

        link.Close();
    }
}
