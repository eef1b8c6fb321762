using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host silences a device with Force Listen Only Mode.</summary>
public sealed class ForceListenOnly : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "force-listen-only";

    /// <inheritdoc/>
    public override string Description =>
        "A new host silences a device with Force Listen Only Mode and wakes it again later.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B21", "B1", "A1", "A2"];

    /// <summary>How long the device stays silent.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Intruder, Device(site));
        link.Ask(ModbusPdu.Diagnostics(4));
        site.Later(Duration, () =>
        {
            link.Ask(ModbusPdu.Diagnostics(1));
            capture.Wait(TimeSpan.FromMilliseconds(50));
            link.Close();
        });
    }
}
