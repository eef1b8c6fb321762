using System.Net;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Live;

/// <summary>The substation's OPC UA server for real clients.</summary>
internal sealed class OpcUaLiveServer(OpcUaStation station) : ILiveServer
{
    public string Name => station.Host.Name;

    public string Protocol => "OPC UA";

    public EthernetHost Host => station.Host;

    public ushort Port => OpcUaTransport.Port;

    public TimeSpan Latency { get; } = TimeSpan.FromMilliseconds(2);

    // Clients are told the endpoint's URL, and many connect to nothing else.
    public void ListensAt(IPEndPoint endPoint) => station.Server.Url = $"opc.tcp://{endPoint}";

    public ILiveResponder? Accept(LiveSend send) => station.IsDown ? null : new Responder(station, send);

    private sealed class Responder(OpcUaStation station, LiveSend send) : ILiveResponder
    {
        private readonly OpcUaServerConnection _connection = station.Server.Accept(bytes => send(bytes));

        public bool Receive(ReadOnlySpan<byte> bytes)
        {
            if (station.IsDown) return false;
            _connection.Receive(bytes);
            // A subscription may be new, and is to be published when it is due.
            station.Pump();
            return !_connection.IsClosed;
        }

        public void Closed() => _connection.Close();
    }
}
