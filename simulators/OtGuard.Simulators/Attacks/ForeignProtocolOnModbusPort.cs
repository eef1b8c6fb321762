using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Another protocol on the port of Modbus.</summary>
public sealed class ForeignProtocolOnModbusPort : DeviceAttack
{
    private static readonly AttackParameter Requests = new("requests", "", 1, 2, 20);

    /// <inheritdoc/>
    public override string Name => "foreign-protocol-on-502";

    /// <inheritdoc/>
    public override string Description =>
        "A new host speaks HTTP to the port of Modbus, and something answers.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0885", "T0869"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A3", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Requests];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var requests = Requests.Count(strength);
        site.Resolve(site.Intruder, Device(site).Host);
        var session = new TcpSession(
            capture, site.Intruder, site.NextPort(site.Intruder), Device(site).Host, Site.ModbusPort).Open();
        for (var i = 0; i < requests; i++)
        {
            session.Request("GET /shell HTTP/1.1\r\nHost: rtu\r\n\r\n"u8);
            session.Response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8);
        }

        session.Close();
    }
}
