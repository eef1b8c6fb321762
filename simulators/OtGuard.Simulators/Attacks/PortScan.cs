using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host tries many ports of one device.</summary>
public sealed class PortScan : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "port-scan";

    /// <inheritdoc/>
    public override string Description =>
        "A new host tries many ports of one device.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0846"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A6", "A1", "A2"];

    /// <summary>How many ports are tried, around 502.</summary>
    public int Ports { get; init; } = 100;

    /// <summary>Pause between two attempts.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var device = Device(site);
        site.Resolve(site.Intruder, device.Host);
        for (var i = 0; i < Ports; i++)
        {
            var port = (ushort)(Site.ModbusPort - Ports / 2 + i);
            var attempt = new TcpSession(capture, site.Intruder, site.NextPort(site.Intruder), device.Host, port);
            if (port == Site.ModbusPort) attempt.OpenHalf();
            else attempt.OpenRefused();
            capture.Wait(Interval);
        }
    }
}
