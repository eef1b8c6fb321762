using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Connections are opened slowly and kept.</summary>
public sealed class ConnectionHoarding : DeviceAttack
{
    private static readonly AttackParameter Connections = new("connections", "", 4, 16, 64);
    private static readonly AttackParameter Interval = new("interval", "s", 10, 2, 0.5);

    /// <inheritdoc/>
    public override string Name => "connection-hoarding";

    /// <inheritdoc/>
    public override string Description =>
        "A new host opens connections to a device, one at a time, and keeps them until it has none left for "
        + "the SCADA server.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A1", "A2", "A9"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Connections, Interval];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var device = Device(site);
        site.Resolve(site.Intruder, device.Host);
        var interval = Interval.Seconds(strength);
        for (var i = 0; i < Connections.Count(strength); i++)
        {
            site.Later(interval * i, () =>
                new TcpSession(capture, site.Intruder, site.NextPort(site.Intruder), device.Host, Site.ModbusPort).Open());
        }
    }
}
