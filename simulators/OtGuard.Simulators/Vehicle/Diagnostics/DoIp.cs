using System.Buffers.Binary;
using System.Text;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle.Diagnostics;

/// <summary>Messages of Diagnostics over IP.</summary>
/// <remarks>ISO 13400-2:2019 §7.1 (header), §7.3 (identification), §7.4 (routing), §7.5 (diagnostic messages).</remarks>
internal static class DoIp
{
    public const ushort Port = 13400;
    public const ushort Gateway = 0x1000;

    private const byte Version = 0x02;

    // Entity and group identification: a link address.
    private static readonly byte[] Entity = [2, 0, 0, 0x17, 0x42, 1];

    /// <summary>A message with the header as it should be.</summary>
    public static byte[] Message(ushort type, params ReadOnlySpan<byte> payload) =>
        Raw(Version, unchecked((byte)~Version), type, (uint)payload.Length, payload);

    /// <summary>A message with the header as told.</summary>
    public static byte[] Raw(byte version, byte inverse, ushort type, uint length, ReadOnlySpan<byte> payload)
    {
        var message = new byte[8 + payload.Length];
        message[0] = version;
        message[1] = inverse;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), type);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), length);
        payload.CopyTo(message.AsSpan(8));
        return message;
    }

    /// <summary>Vehicle announcement or identification response.</summary>
    public static byte[] Announcement() => Message(
        0x0004,
        [.. Encoding.ASCII.GetBytes("WOT0GUARD1S000042"), .. Word(Gateway), .. Entity, .. Entity, 0, 0]);

    /// <summary>Routing activation request of the default type.</summary>
    public static byte[] ActivationRequest(ushort source, byte type = 0) =>
        Message(0x0005, [.. Word(source), type, 0, 0, 0, 0]);

    /// <summary>Routing activation response; 0x10 is success, 0x00 an unknown source address, 0x06 an unsupported type.</summary>
    public static byte[] ActivationResponse(ushort source, byte code) =>
        Message(0x0006, [.. Word(source), .. Word(Gateway), code, 0, 0, 0, 0]);

    /// <summary>Diagnostic message.</summary>
    public static byte[] Diagnostic(ushort source, ushort target, ReadOnlySpan<byte> uds) =>
        Message(0x8001, [.. Word(source), .. Word(target), .. uds]);

    /// <summary>Positive acknowledgement, or a negative one with its code.</summary>
    public static byte[] Acknowledgement(ushort source, ushort target, byte code = 0) =>
        Message(code == 0 ? (ushort)0x8002 : (ushort)0x8003, [.. Word(source), .. Word(target), code]);

    /// <summary>Refusal of a header: 0 pattern, 1 payload type, 2 too large, 4 wrong length.</summary>
    public static byte[] HeaderRefusal(byte code) => Message(0x0000, code);

    private static byte[] Word(ushort value) => [(byte)(value >> 8), (byte)value];
}

/// <summary>A tester on the vehicle's Ethernet, and the gateway's answers.</summary>
internal sealed class DoIpTester
{
    /// <summary>The workshop's own address in DoIP (ISO 13400-2:2019 table 13: 0x0E00 to 0x0FFF are testers).</summary>
    public const ushort KnownAddress = 0x0E80;

    public static readonly EthernetHost Gateway = EthernetHost.At("10.30.0.2", name: "doip-gateway");
    public static readonly EthernetHost Workshop = EthernetHost.At("10.30.0.50", name: "workshop");
    public static readonly EthernetHost Intruder = EthernetHost.At("10.30.0.66", name: "intruder");

    private readonly VehicleNetwork _network;
    private readonly EthernetHost _host;
    private readonly ushort _address;

    public DoIpTester(VehicleNetwork network, EthernetHost host, ushort address)
    {
        _network = network;
        _host = host;
        _address = address;
        var port = (ushort)(50_000 + network.Ethernet.Added % 10_000);
        Session = new TcpSession(network.Ethernet, host, port, Gateway, DoIp.Port)
        {
            ServerLatency = TimeSpan.FromMilliseconds(2),
        };
    }

    public TcpSession Session { get; }

    /// <summary>What a workshop does once a cycle: find the vehicle, activate routing, read every control unit.</summary>
    public static void Inspect(VehicleNetwork network) => network.OnEthernet(() =>
    {
        byte[][] requests =
            [[0x10, 0x03], [0x22, 0xF1, 0x90], [0x22, 0xF1, 0x95], [0x19, 0x02, 0xFF], [0x3E, 0x00], [0x10, 0x01]];
        Find(network, Workshop);
        var tester = new DoIpTester(network, Workshop, KnownAddress);
        tester.Open();
        foreach (var server in network.Servers)
        {
            foreach (var request in requests)
            {
                tester.Ask(server.LogicalAddress, request);
                network.Ethernet.Wait(TimeSpan.FromMilliseconds(30));
            }
        }

        tester.AliveCheck();
        tester.Session.Close();
    });

    /// <summary>Vehicle identification over UDP.</summary>
    public static void Find(VehicleNetwork network, EthernetHost host)
    {
        var udp = new UdpSession(network.Ethernet, host, 51_000, Gateway, DoIp.Port);
        udp.Request(DoIp.Message(0x0001));
        udp.Response(DoIp.Announcement());
        network.Ethernet.Wait(TimeSpan.FromMilliseconds(200));
    }

    /// <summary>Connects and activates routing.</summary>
    public void Open()
    {
        Session.Open();
        Session.Request(DoIp.ActivationRequest(_address));
        Session.Response(DoIp.ActivationResponse(_address, 0x10));
    }

    /// <summary>Asks a control unit: the gateway acknowledges, the control unit answers.</summary>
    public byte[]? Ask(ushort target, params byte[] uds)
    {
        Session.Request(DoIp.Diagnostic(_address, target, uds));
        if (_network.Servers.Find(server => server.LogicalAddress == target) is not { } known)
        {
            // Unknown target address (table 26, code 3).
            Session.Response(DoIp.Acknowledgement(target, _address, 0x03));
            return null;
        }

        Session.Response(DoIp.Acknowledgement(target, _address));
        if (known.Answer(uds, functional: false) is not { } answer) return null;
        _network.Ethernet.Wait(TimeSpan.FromMilliseconds(3));
        Session.Response(DoIp.Diagnostic(target, _address, answer));
        return answer;
    }

    /// <summary>The gateway asks whether the tester is still there.</summary>
    public void AliveCheck()
    {
        Session.Response(DoIp.Message(0x0007));
        Session.Request(DoIp.Message(0x0008, (byte)(_address >> 8), (byte)_address));
    }
}
