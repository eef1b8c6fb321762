using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host looks for every address, then tries ports on the hosts it found.</summary>
public sealed class NetworkScan : Attack
{
    private static readonly AttackParameter Interval = new("interval", "s", 2, 0.025, 0.001);
    private static readonly AttackParameter PortsPerHost = new("ports per host", "", 3, 32, 32);

    /// <inheritdoc/>
    public override string Name => "network-scan";

    /// <inheritdoc/>
    public override string Description =>
        "A new host looks for every address of the network, then tries ports on those that answer.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0846"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A1", "A2", "A5", "A6", "A7"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Interval, PortsPerHost];

    /// <summary>How many addresses from .1 on are looked for.</summary>
    public int Addresses { get; init; } = 254;

    /// <summary>The ports tried on each host found.</summary>
    public IReadOnlyList<ushort> Ports { get; init; } =
    [
        Site.ModbusPort, 21, 22, 23, 25, 53, 80, 102, 110, 111, 135, 139, 143, 389, 443, 445, 789, 993, 1089, 1433,
        1911, 2222, 2404, 3306, 3389, 4840, 5007, 5900, 8080, 20000, 34964, 44818,
    ];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var interval = Interval.Seconds(strength);
        var portsPerHost = PortsPerHost.Count(strength);
        var known = site.Hosts.ToDictionary(host => host.Address[^1]);
        var alive = new List<EthernetHost>();
        for (var last = 1; last <= Addresses; last++)
        {
            if (known.TryGetValue((byte)last, out var host))
            {
                site.Resolve(site.Intruder, host);
                alive.Add(host);
            }
            else
            {
                capture.Add(Packet.ArpRequest(site.Intruder, Site.Host((byte)last, "").Ip));
            }

            capture.Wait(interval);
        }

        foreach (var host in alive)
        {
            ushort serves = site.Devices.Any(device => device.Host == host) ? Site.ModbusPort
                : host == site.OpcUa.Host ? OpcUaTransport.Port
                : (ushort)0;
            foreach (var port in Ports.Take(portsPerHost))
            {
                var attempt = new TcpSession(capture, site.Intruder, site.NextPort(site.Intruder), host, port);
                if (port == serves) attempt.OpenHalf();
                else attempt.OpenRefused();
                capture.Wait(interval);
            }
        }
    }
}
