using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host asks every device who it is.</summary>
public sealed class DeviceIdentificationSweep : Attack
{
    private static readonly AttackParameter Interval = new("interval", "s", 30, 0.5, 0.01);
    private static readonly AttackParameter Units = new("unit identifiers", "", 1, 2, 10);

    /// <inheritdoc/>
    public override string Name => "device-identification-sweep";

    /// <inheritdoc/>
    public override string Description =>
        "A new host asks every device who it is.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0888", "T0846"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B23", "A7", "B1", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Interval, Units];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var interval = Interval.Seconds(strength);
        var units = Units.Count(strength);
        foreach (var device in site.Devices)
        {
            var link = site.Connect(site.Intruder, device);
            for (byte unit = 1; unit <= units; unit++)
            {
                link.AskUnit(unit, ModbusPdu.ReadDeviceIdentificationRequest());
                link.AskUnit(unit, ModbusPdu.ReportServerIdRequest());
            }

            link.Close();
            capture.Wait(interval);
        }
    }
}
