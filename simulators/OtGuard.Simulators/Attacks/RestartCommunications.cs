using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host restarts the communications of a device.</summary>
public sealed class RestartCommunications : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "restart-communications";

    /// <inheritdoc/>
    public override string Description =>
        "A new host restarts the communications of a device again and again.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0816"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B21", "B1", "A1", "A2"];

    /// <summary>How often.</summary>
    public int Restarts { get; init; } = 3;

    /// <summary>Pause between two restarts.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Intruder, Device(site));
        for (var i = 0; i < Restarts; i++)
        {
            link.Ask(ModbusPdu.Diagnostics(1, 0xFF00));
            capture.Wait(Interval);
        }

        link.Close();
    }
}
