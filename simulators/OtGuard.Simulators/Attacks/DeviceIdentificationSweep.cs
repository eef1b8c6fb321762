using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host asks every device who it is.</summary>
public sealed class DeviceIdentificationSweep : Attack
{
    /// <inheritdoc/>
    public override string Name => "device-identification-sweep";

    /// <inheritdoc/>
    public override string Description =>
        "A new host asks every device who it is.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0888", "T0846"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B23", "A7", "B1", "A1", "A2"];

    /// <summary>How many unit identifiers are tried on each device, from 1.</summary>
    public int Units { get; init; } = 2;

    /// <summary>Pause between two devices.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        foreach (var device in site.Devices)
        {
            var link = site.Connect(site.Intruder, device);
            for (byte unit = 1; unit <= Units; unit++)
            {
                link.AskUnit(unit, ModbusPdu.ReadDeviceIdentificationRequest());
                link.AskUnit(unit, ModbusPdu.ReportServerIdRequest());
            }

            link.Close();
            capture.Wait(Interval);
        }
    }
}
