using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host opens one connection after the other and keeps them.</summary>
public sealed class SessionFlood : DeviceAttack
{
    private static readonly AttackParameter Sessions = new("sessions", "", 60, 120, 1200);
    private static readonly AttackParameter Interval = new("interval", "s", 2, 0.25, 0.01);

    /// <inheritdoc/>
    public override string Name => "session-flood";

    /// <inheritdoc/>
    public override string Description =>
        "A new host opens connections to a device until it has none left for others.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A9", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Sessions, Interval];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var sessions = Sessions.Count(strength);
        var interval = Interval.Seconds(strength);
        site.Resolve(site.Intruder, Device(site).Host);
        for (var i = 0; i < sessions; i++)
        {
            var port = site.NextPort(site.Intruder);
            new TcpSession(capture, site.Intruder, port, Device(site).Host, Site.ModbusPort).Open();
            capture.Wait(interval);
        }
    }
}
