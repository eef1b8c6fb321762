using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host tries many ports of one device.</summary>
public sealed class PortScan : DeviceAttack
{
    private static readonly AttackParameter Interval = new("interval", "s", 3, 0.05, 0.001);
    private static readonly AttackParameter Ports = new("ports", "", 60, 100, 1000);

    /// <inheritdoc/>
    public override string Name => "port-scan";

    /// <inheritdoc/>
    public override string Description =>
        "A new host tries many ports of one device.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0846"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A6", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Interval, Ports];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var interval = Interval.Seconds(strength);
        var ports = Ports.Count(strength);
        var device = Device(site);
        site.Resolve(site.Intruder, device.Host);
        for (var i = 0; i < ports; i++)
        {
            var port = (ushort)(Site.ModbusPort - ports / 2 + i);
            var attempt = new TcpSession(capture, site.Intruder, site.NextPort(site.Intruder), device.Host, port);
            if (port == Site.ModbusPort) attempt.OpenHalf();
            else attempt.OpenRefused();
            capture.Wait(interval);
        }
    }
}
