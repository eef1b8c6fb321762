using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host tries one unit identifier after the other.</summary>
public sealed class UnitSweep : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "unit-sweep";

    /// <inheritdoc/>
    public override string Description =>
        "A new host tries one unit identifier after the other on a device.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0846"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B25", "A1", "A2"];

    /// <summary>The last unit identifier.</summary>
    public byte Last { get; init; } = 247;

    /// <summary>Pause between two requests.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Intruder, Device(site));
        for (byte unit = 1; unit <= Last; unit++)
        {
            link.AskUnit(unit, ModbusPdu.ReadHoldingRegistersRequest(0, 1));
            capture.Wait(Interval);
        }

        link.Close();
    }
}
