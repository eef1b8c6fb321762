using System.Buffers;
using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Collectors.Modbus;

namespace OtGuard.Fuzzing.Targets;

/// <summary>
/// A Modbus connection: the first byte chooses transport and framing, then come portions of a direction, a length and
/// bytes. Decoded twice, as offered and byte by byte; both have to give the same observations, and to write them.
/// </summary>
public sealed class ModbusTarget : IFuzzTarget, IObservationConsumer
{
    private readonly List<string> _written = [];
    private readonly ModbusProtocol _protocol = new(new ModbusOptions { MaximumOutstandingRequests = 8 });

    /// <inheritdoc/>
    public string Name => "modbus";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        Seed(0, "00010000000601030000000A", "0001000000170103140001000200030004000500060007000800090000"),
        Seed(0, "0002000000090110000100010200FF", "000200000006011000010001"),
        Seed(0, "000300000005012B0E0100", "00030000000D012B0E0101000001000541424344450D"),
        Seed(0, "0004000000060105000AFF00", "000400000003018502"),
        Seed(1, "01030000000AC5CD", "0103020001B844"),
        Seed(2, "000500000004011804DE", "00050000000A01180006000201B81284"),
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        var whole = Decode(data, byteByByte: false);
        var transport = (data[0] & 2) == 0 ? Transport.Tcp : Transport.Udp;
        if (transport == Transport.Udp) return;
        var split = Decode(data, byteByByte: true);
        if (!whole.SequenceEqual(split)) throw new InvalidOperationException("Splitting changed the observations.");
    }

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        foreach (var observation in batch.Items)
        {
            var json = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(json)) _protocol.WriteJson(writer, observation, batch);
            var facts = string.Join(',', _protocol.Identity(observation, batch));
            _written.Add($"{observation.Outcome} {observation.Anomalies:x} {facts} "
                + System.Text.Encoding.UTF8.GetString(json.WrittenSpan));
        }
    }

    private List<string> Decode(ReadOnlySpan<byte> data, bool byteByByte)
    {
        _written.Clear();
        var batch = new ObservationBatch(this);
        var transport = (data[0] & 2) == 0 ? Transport.Tcp : Transport.Udp;
        var address = NetworkAddress.FromIPv4(0x0A000001);
        var connection = new Connection(
            0, new Endpoint(address, 40000), new Endpoint(address, 502), transport,
            new Conversation(0, address, address, transport, 502));
        var decoder = _protocol.CreateDecoder(1, transport, (byte)(data[0] & 1));
        byte[][] rest = [[], []];
        data = data[1..];
        while (data.Length >= 2)
        {
            var direction = (Direction)(data[0] & 1);
            var portion = data.Slice(2, Math.Min(data[1], data.Length - 2));
            data = data[(2 + portion.Length)..];
            var step = byteByByte ? 1 : Math.Max(1, portion.Length);
            for (var at = 0; at < portion.Length; at += step)
            {
                byte[] offered = [.. rest[(int)direction], .. portion.Slice(at, step)];
                var used = decoder.Decode(connection, direction, offered, default, batch);
                if (used < 0 || used > offered.Length) throw new InvalidOperationException("More used than offered.");
                rest[(int)direction] = offered[used..];
                if (rest[(int)direction].Length > decoder.MaximumMessageBytes)
                    throw new InvalidOperationException("Waits for more than the longest message.");
            }
        }

        decoder.OnClose(connection, default, captureEnded: false, batch);
        batch.Flush();
        return [.. _written];
    }

    private static byte[] Seed(byte kind, string request, string response)
    {
        var asked = Convert.FromHexString(request);
        var answered = Convert.FromHexString(response);
        return [kind, 0, (byte)asked.Length, .. asked, 1, (byte)answered.Length, .. answered];
    }
}
