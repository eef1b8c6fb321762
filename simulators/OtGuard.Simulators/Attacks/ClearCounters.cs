using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host clears the diagnostic counters of a device.</summary>
public sealed class ClearCounters : DeviceAttack
{
    private static readonly AttackParameter Times = new("times", "", 1, 2, 10);

    /// <inheritdoc/>
    public override string Name => "clear-counters";

    /// <inheritdoc/>
    public override string Description =>
        "A new host clears the diagnostic counters of a device to cover its traces.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0872"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B22", "B1", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Times];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var times = Times.Count(strength);
        var link = site.Connect(site.Intruder, Device(site));
        for (var i = 0; i < times; i++)
        {
            link.Ask(ModbusPdu.Diagnostics(10));
            capture.Wait(TimeSpan.FromSeconds(1));
        }

        link.Close();
    }
}
