using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host opens one connection after the other and keeps them.</summary>
public sealed class SessionFlood : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "session-flood";

    /// <inheritdoc/>
    public override string Description =>
        "A new host opens connections to a device until it has none left for others.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A9", "A1", "A2"];

    /// <summary>How many connections.</summary>
    public int Sessions { get; init; } = 120;

    /// <summary>Pause between two of them.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        site.Resolve(site.Intruder, Device(site).Host);
        for (var i = 0; i < Sessions; i++)
        {
            var port = site.NextPort(site.Intruder);
            new TcpSession(capture, site.Intruder, port, Device(site).Host, Site.ModbusPort).Open();
            capture.Wait(Interval);
        }
    }
}
