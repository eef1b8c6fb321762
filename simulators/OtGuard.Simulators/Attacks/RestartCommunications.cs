using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host restarts the communications of a device.</summary>
public sealed class RestartCommunications : DeviceAttack
{
    private static readonly AttackParameter Restarts = new("restarts", "", 1, 3, 20);
    private static readonly AttackParameter Interval = new("interval", "s", 60, 5, 0.5);

    /// <inheritdoc/>
    public override string Name => "restart-communications";

    /// <inheritdoc/>
    public override string Description =>
        "A new host restarts the communications of a device again and again.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0816"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B21", "B1", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Restarts, Interval];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var restarts = Restarts.Count(strength);
        var interval = Interval.Seconds(strength);
        var link = site.Connect(site.Intruder, Device(site));
        for (var i = 0; i < restarts; i++)
        {
            link.Ask(ModbusPdu.Diagnostics(1, 0xFF00));
            capture.Wait(interval);
        }

        link.Close();
    }
}
