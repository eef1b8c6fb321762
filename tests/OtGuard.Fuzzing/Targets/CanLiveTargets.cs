using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.CanEthernet;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Live;
using OtGuard.Collectors.Can.Uds;

namespace OtGuard.Fuzzing.Targets;

/// <summary>A datagram of CAN-ETH: it is observed once, and each of its whole records becomes one frame.</summary>
public sealed class CanEthernetTarget : IFuzzTarget, IObservationConsumer
{
    private readonly CanEthernetProtocol _protocol = new();
    private readonly ProtocolRegistry _protocols;
    private long _datagrams;
    private long _frames;

    /// <summary>Creates the target.</summary>
    public CanEthernetTarget() =>
        _protocols = new ProtocolRegistry(_protocol, new CanProtocol(), new UdsProtocol(), new J1939Protocol());

    /// <inheritdoc/>
    public string Name => "can-eth";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        Convert.FromHexString("49534F31313839380101" + "2301000002AABB0000000000000000"),
        Convert.FromHexString("49534F31313839380102" + "6A12F1090801020304050607080100" + "000200000400000000000000000001"),
        Convert.FromHexString("49534F31313839380100FF"),
        Convert.FromHexString("49534F313138393802"),
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        _datagrams = _frames = 0;
        var batch = new ObservationBatch(this);
        var traffic = new CanTraffic(_protocols, new CanOptions(), batch);
        _protocol.UseTraffic(traffic);
        var address = NetworkAddress.FromIPv4(0x0A000001);
        var connection = new Connection(
            0, new Endpoint(address, 40000), new Endpoint(address, 11898), Transport.Udp,
            new Conversation(0, address, address, Transport.Udp, 11898));
        var used = _protocol.CreateDecoder(1, Transport.Udp, 0)
            .Decode(connection, Direction.ToServer, data, new Sighting(default, 1), batch);
        traffic.Finish();
        batch.Flush();

        if (used != data.Length) throw new InvalidOperationException("A datagram was not used up.");
        if (_datagrams != 1) throw new InvalidOperationException("A datagram was not observed once.");
        var expected = data.Length < 10 || data[8] != 1 ? 0 : Math.Min(data[9], (data.Length - 10) / 15);
        if (_frames != expected) throw new InvalidOperationException($"{_frames} frames instead of {expected}.");
    }

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items)
        {
            if (observation.Protocol == ProtocolRegistry.Network) continue;
            var protocol = _protocols[observation.Protocol];
            if (protocol == _protocol) _datagrams++;
            if (protocol.Name == "can") _frames++;
            var json = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(json)) protocol.WriteJson(writer, in observation, batch);
            _ = protocol.OperationText(observation.Code, observation.SubCode);
        }
    }
}

/// <summary>The kernel's description of its interfaces: every link found has a name that stands in the bytes.</summary>
public sealed class CanLinkTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "can-link";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds => [Link()];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        var links = new List<CanLink>();
        CanLinkMessage.Read(data, links);
        foreach (var link in links)
        {
            _ = CanLinkAdvice.ListenOnlyCommands(link) + CanLinkAdvice.Refusal(link);
            if (link.Name.All(char.IsAscii) && !link.Name.Contains('?', StringComparison.Ordinal)
                && data.IndexOf(Encoding.ASCII.GetBytes(link.Name)) < 0)
                throw new InvalidOperationException("A name that is nowhere in the bytes.");
        }
    }

    /// <summary>A message of the kernel about an interface of CAN with a listening controller.</summary>
    private static byte[] Link()
    {
        byte[] modes = Attribute(5, [0x32, 0, 0, 0, 0x12, 0, 0, 0]);
        byte[] timing = Attribute(1, [0x20, 0xA1, 7, 0, .. new byte[28]]);
        byte[] info = Attribute(18, [.. Attribute(1, "can\0"u8), .. Attribute(2, [.. modes, .. timing])]);
        byte[] body =
        [
            0, 0, 0x18, 1, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, .. Attribute(3, "can0\0"u8), .. info,
        ];
        byte[] message = [0, 0, 0, 0, 16, 0, .. new byte[10], .. body];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        return message;
    }

    private static byte[] Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        var bytes = new byte[4 + value.Length + 3 & ~3];
        MemoryMarshal.Write(bytes, (ushort)(4 + value.Length));
        MemoryMarshal.Write(bytes.AsSpan(2), type);
        value.CopyTo(bytes.AsSpan(4));
        return bytes;
    }
}
