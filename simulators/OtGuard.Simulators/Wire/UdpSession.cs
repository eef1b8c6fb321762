namespace OtGuard.Simulators.Wire;

/// <summary>Datagrams to and fro between two ports.</summary>
public sealed class UdpSession : IMessageChannel
{
    private readonly EthernetHost _client;
    private readonly EthernetHost _server;
    private readonly ushort _clientPort;
    private readonly ushort _serverPort;
    private ushort _identification;

    /// <summary>Creates a session; nothing is sent.</summary>
    public UdpSession(
        CaptureBuilder capture, EthernetHost client, ushort clientPort, EthernetHost server, ushort serverPort)
    {
        Capture = capture;
        _client = client;
        _clientPort = clientPort;
        _server = server;
        _serverPort = serverPort;
        _identification = (ushort)(clientPort * 31);
    }

    /// <inheritdoc/>
    public CaptureBuilder Capture { get; }

    /// <inheritdoc/>
    public TimeSpan ServerLatency { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Which frames reach the capture.</summary>
    public Visible Visible { get; set; } = Visible.Both;

    /// <inheritdoc/>
    public void Request(ReadOnlySpan<byte> message) => Send(Side.Client, message);

    /// <inheritdoc/>
    public void Response(ReadOnlySpan<byte> message)
    {
        Capture.Wait(ServerLatency);
        Send(Side.Server, message);
    }

    /// <inheritdoc/>
    public void Send(Side from, ReadOnlySpan<byte> message)
    {
        var options = PacketOptions.Default with { Identification = _identification++ };
        if ((Visible & (from == Side.Client ? Visible.FromClient : Visible.FromServer)) == 0) return;
        Capture.Add(from == Side.Client
            ? Packet.Udp(_client, _clientPort, _server, _serverPort, message, options)
            : Packet.Udp(_server, _serverPort, _client, _clientPort, message, options));
    }

    /// <summary>The server's host answers a datagram of the client with ICMP port unreachable.</summary>
    public void Refused(ReadOnlySpan<byte> message)
    {
        var datagram = Packet.Udp(_client, _clientPort, _server, _serverPort, message);
        Capture.Add(datagram);
        Capture.Wait(TimeSpan.FromMicroseconds(150));
        Capture.Add(Packet.PortUnreachable(_server, _client, datagram));
    }
}
