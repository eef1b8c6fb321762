namespace OtGuard.Collectors.Capture.Network;

/// <summary>Who serves, judged by the two ports of a connection whose opening was not seen.</summary>
internal sealed class PortRoles
{
    /// <summary>
    /// Ports above 1023 that are services on control networks and beside them (IANA Service Name and Transport Protocol
    /// Port Number Registry): a hint only, outweighed by structure.
    /// </summary>
    private static readonly ushort[] WellKnownServices =
    [
        1089, 1090, 1091, // Foundation Fieldbus HSE
        1433, 1521, 3306, 5432, // databases
        1883, 8883, // MQTT
        1911, 4911, // Niagara Fox
        1962, // PCWorx
        2222, 44818, // EtherNet/IP
        2404, 19998, // IEC 60870-5-104, with TLS
        3389, 5900, // remote desktops
        3671, // KNXnet/IP
        4000, // ROC Plus
        4840, 4843, // OPC UA, with TLS
        5006, 5007, // MELSEC-Q
        5094, // HART-IP
        5353, 5355, // name resolution
        5671, 5672, // AMQP
        8000, 8080, 8443, // web servers
        9600, // OMRON FINS
        11740, // CODESYS
        13400, // DoIP
        18245, 18246, // GE SRTP
        20000, 19999, // DNP3, with TLS
        20547, // ProConOS
        30490, // SOME/IP service discovery
        30718, // Lantronix
        34962, 34963, 34964, // PROFINET
        34980, // EtherCAT
        47808, // BACnet/IP
        55000, 55555, // Foundation Fieldbus, FL-net
    ];

    private readonly byte[] _rank = new byte[ushort.MaxValue + 1];
    private readonly bool[] _registeredTcp = new bool[ushort.MaxValue + 1];
    private readonly bool[] _registeredUdp = new bool[ushort.MaxValue + 1];

    public PortRoles(ProtocolRegistry protocols)
    {
        // Below 1024 the system ports (RFC 6335 §6); from 32,768 the ephemeral ports of the common systems.
        for (var port = 0; port < _rank.Length; port++) _rank[port] = (byte)(port < 1024 ? 2 : port < 32_768 ? 1 : 0);
        foreach (var port in WellKnownServices) _rank[port] = 3;
        for (var index = 1; index <= protocols.Count; index++)
        {
            foreach (var (transport, port) in protocols[(byte)index].RegisteredPorts)
            {
                _rank[port] = 3;
                if (transport == Transport.Tcp) _registeredTcp[port] = true;
                if (transport == Transport.Udp) _registeredUdp[port] = true;
            }
        }
    }

    /// <summary>True where a protocol that is decoded is registered for the port.</summary>
    public bool IsRegistered(Transport transport, ushort port) =>
        transport == Transport.Tcp ? _registeredTcp[port] : transport == Transport.Udp && _registeredUdp[port];

    /// <summary>Roles of a connection whose side A was seen first.</summary>
    public (bool ClientIsB, ushort Service, RoleEvidence Evidence) Judge(in FlowKey key)
    {
        var portA = key.SourcePort;
        var portB = key.DestinationPort;
        if (!key.HasPorts) return (false, portB, RoleEvidence.Guess);

        // Nobody answers from a group address: whoever sends to it is the client.
        var destination = key.Destination;
        if (destination.IsMulticast || destination.IsBroadcast) return (false, portB, RoleEvidence.Guess);
        var rankA = _rank[portA];
        var rankB = _rank[portB];
        if (rankA != rankB)
        {
            var clientIsB = rankA > rankB;
            return (clientIsB, clientIsB ? portA : portB, Math.Max(rankA, rankB) >= 2 ? RoleEvidence.Port : RoleEvidence.Guess);
        }

        if (rankA == 0) return (false, 0, RoleEvidence.Guess);
        var serverIsA = key.Transport == Transport.Tcp && portA < portB;
        return (serverIsA, serverIsA ? portA : portB, RoleEvidence.Guess);
    }
}
