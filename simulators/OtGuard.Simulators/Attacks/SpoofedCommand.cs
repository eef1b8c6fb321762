using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A command in the name of the SCADA server.</summary>
public sealed class SpoofedCommand : DeviceAttack
{
    private static readonly AttackParameter Commands = new("commands", "", 1, 2, 20);

    /// <inheritdoc/>
    public override string Name => "spoofed-command";

    /// <inheritdoc/>
    public override string Description =>
        "A new host takes the address of the standby SCADA server by ARP and opens a breaker in its name.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0830", "T0855"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A8"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Commands];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Intruder;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var device = Device(site);
        var server = site.Standby;
        var impostor = site.Intruder.WithIp(server.Ip);
        capture.Add(Packet.Arp(impostor.Mac, device.Host.Mac, 2, impostor.Mac, server.Ip, device.Host.Mac, device.Host.Ip));
        capture.Wait(TimeSpan.FromMilliseconds(5));
        var session = new TcpSession(capture, impostor, site.NextPort(server), device.Host, Site.ModbusPort).Open();
        var modbus = new ModbusClient(session);
        for (var i = 0; i < Commands.Count(strength); i++)
        {
            var write = ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, i % 2 == 1);
            if (device.Answer(write) is { } answer) modbus.Exchange(device.Unit, write, answer);
            capture.Wait(TimeSpan.FromSeconds(1));
        }

        session.Close();
    }
}
