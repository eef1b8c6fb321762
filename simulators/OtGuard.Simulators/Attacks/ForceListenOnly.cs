using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host silences a device with Force Listen Only Mode.</summary>
public sealed class ForceListenOnly : DeviceAttack
{
    private static readonly AttackParameter Duration = new("duration", "s", 10, 30, 120);

    /// <inheritdoc/>
    public override string Name => "force-listen-only";

    /// <inheritdoc/>
    public override string Description =>
        "A new host silences a device with Force Listen Only Mode and wakes it again later.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B21", "B1", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Duration];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var duration = Duration.Seconds(strength);
        var link = site.Connect(site.Intruder, Device(site));
        link.Ask(ModbusPdu.Diagnostics(4));
        site.Later(duration, () =>
        {
            link.Ask(ModbusPdu.Diagnostics(1));
            capture.Wait(TimeSpan.FromMilliseconds(50));
            link.Close();
        });
    }
}
