using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Modbus on a port that is not registered for it.</summary>
public sealed class ModbusOnOtherPort : DeviceAttack
{
    private static readonly AttackParameter Requests = new("requests", "", 1, 5, 100);

    /// <inheritdoc/>
    public override string Name => "modbus-on-other-port";

    /// <inheritdoc/>
    public override string Description =>
        "The workstation speaks Modbus to a port that is not registered for it.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0885"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A3", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Requests];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Workstation;
    }

    /// <summary>The port.</summary>
    public ushort Port { get; init; } = 8502;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var requests = Requests.Count(strength);
        site.Resolve(site.Workstation, Device(site).Host);
        var session = new TcpSession(
            capture, site.Workstation, site.NextPort(site.Workstation), Device(site).Host, Port).Open();
        var modbus = new ModbusClient(session);
        for (var i = 0; i < requests; i++) modbus.ReadHoldingRegisters(1, 0, 1, 2, 3, 4);
        session.Close();
    }
}
