using System.Buffers;
using System.Text;
using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Collectors.OpcUa;

namespace OtGuard.Fuzzing.Targets;

/// <summary>A connection's decoder fed with bytes; what it writes is turned into text and JSON.</summary>
internal sealed class OpcUaRun : IObservationConsumer
{
    private readonly OpcUaProtocol _protocol = new(new OpcUaOptions
    {
        MaximumOutstandingRequests = 4,
        MaximumChunkBytes = 8192,
        MaximumMessageBytes = 64 << 10,
        MaximumOperations = 64,
        MaximumMonitoredItems = 4,
        MaximumNodes = 16,
        MaximumChannels = 4,
    });

    private readonly IConnectionDecoder _decoder;
    private readonly Connection _connection;
    private readonly ObservationBatch _batch;
    private readonly byte[][] _rest = [[], []];

    public OpcUaRun(bool joinedMidway)
    {
        var address = NetworkAddress.FromIPv4(0x0A000001);
        _connection = new Connection(
            0, new Endpoint(address, 40000), new Endpoint(address, 4840), Transport.Tcp,
            new Conversation(0, address, address, Transport.Tcp, 4840))
        { JoinedMidway = joinedMidway };
        _decoder = _protocol.CreateDecoder(1, Transport.Tcp, 0);
        _batch = new ObservationBatch(this);
    }

    public List<string> Written { get; } = [];

    public void Consume(ObservationBatch batch)
    {
        foreach (var observation in batch.Items)
        {
            var json = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(json)) _protocol.WriteJson(writer, observation, batch);
            using (JsonDocument.Parse(json.WrittenMemory)) { }
            _ = OpcUaFacts.Read(observation, batch);
            Written.Add($"{observation.Operation} {observation.Outcome} {observation.Anomalies:x} "
                + $"{_protocol.TargetText(observation.Target)} {_protocol.OperationText(observation.Code, observation.SubCode)} "
                + $"{_protocol.ValuesText(observation.RequestValues, batch)} {Encoding.UTF8.GetString(json.WrittenSpan)}");
        }
    }

    public void Feed(Direction direction, ReadOnlySpan<byte> portion)
    {
        byte[] offered = [.. _rest[(int)direction], .. portion];
        var used = _decoder.Decode(_connection, direction, offered, default, _batch);
        if (used < 0 || used > offered.Length) throw new InvalidOperationException("More used than offered.");
        _rest[(int)direction] = offered[used..];
        if (offered.Length - used > _decoder.MaximumMessageBytes)
            throw new InvalidOperationException("Waits for more than the longest chunk.");
    }

    public List<string> End()
    {
        _decoder.OnClose(_connection, default, captureEnded: false, _batch);
        _batch.Flush();
        return Written;
    }

    /// <summary>Opens channel 1 without security, so that nothing behind a message can be a signature.</summary>
    public OpcUaRun Opened()
    {
        byte[] content =
        [
            1, 0, 0, 0, 47, 0, 0, 0, .. "http://opcfoundation.org/UA/SecurityPolicy#None"u8, 255, 255, 255, 255,
            255, 255, 255, 255, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 193, 1,
        ];
        Feed(Direction.ToClient, [.. "OPNF"u8, (byte)(8 + content.Length), 0, 0, 0, .. content]);
        return this;
    }

    public static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal);
}

/// <summary>
/// Transport: the first byte says whether the connection was joined midway, then come portions of a direction, a length
/// and bytes. Decoded as offered and byte by byte; both have to give the same observations.
/// </summary>
public sealed class OpcUaTransportTarget : IFuzzTarget
{
    private const string Hello = "48454C462000000000000000000001000000010000000000000000000000000000";
    private const string Read =
        "4D5347464D00000001000000010000000200000002000000"
        + "0100770200000000000000000000070000000000000000000000FFFFFFFF00000000000000"
        + "0000000000000000020000000100000000550D000000FFFFFFFF0000FFFFFFFF";

    /// <inheritdoc/>
    public string Name => "opcua-transport";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        Seed(0, Hello), Seed(1, Read), Seed(0, Read),
        [.. Seed(0, Read.Replace("4D534746", "4D534743", StringComparison.Ordinal)), .. Seed(0, Read)[1..]],
        Seed(0, "4F504E4630000000010000000F000000687474703A2F2F6F7063666F756E6400000000FFFFFFFF0100000001000000"),
        Seed(0, "455252461000000000008080FFFFFFFF"),
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        if (!Decode(data, byteByByte: false).SequenceEqual(Decode(data, byteByByte: true)))
            throw new InvalidOperationException("Splitting changed the observations.");
    }

    private static List<string> Decode(ReadOnlySpan<byte> data, bool byteByByte)
    {
        var run = new OpcUaRun((data[0] & 1) != 0);
        data = data[1..];
        while (data.Length >= 2)
        {
            var direction = (Direction)(data[0] & 1);
            var portion = data.Slice(2, Math.Min(data[1], data.Length - 2));
            data = data[(2 + portion.Length)..];
            var step = byteByByte ? 1 : Math.Max(1, portion.Length);
            for (var at = 0; at < portion.Length; at += step) run.Feed(direction, portion.Slice(at, step));
        }

        return run.End();
    }

    private static byte[] Seed(byte kind, string message)
    {
        var bytes = OpcUaRun.Bytes(message);
        return [kind, 0, (byte)Math.Min(bytes.Length, 255), .. bytes];
    }
}

/// <summary>Types: the bytes are the value of a Variant, written and read back.</summary>
public sealed class OpcUaTypesTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "opcua-types";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        OpcUaRun.Bytes("0607000000"), OpcUaRun.Bytes("8602000000010000000200000000"),
        OpcUaRun.Bytes("C604000000010000000200000003000000040000000200000002000000020000000200000000"),
        OpcUaRun.Bytes("0C03000000616263"), OpcUaRun.Bytes("9801000000980100000006010000000000"),
        OpcUaRun.Bytes("170F0607000000000000800000000000000000"), OpcUaRun.Bytes("16010041010103000000010203"),
        OpcUaRun.Bytes("194B01000000020000000000"), OpcUaRun.Bytes("11030200030000005461700000"),
        OpcUaRun.Bytes("15030200000064650300000061626300"),
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length > 8000) return;
        // One WriteValue whose DataValue has a value and nothing else, and a Call with the same bytes as its argument.
        Write(673, [1, 0, 0, 0, 0, 85, 13, 0, 0, 0, 255, 255, 255, 255, 1, .. data]);
        Write(712, [1, 0, 0, 0, 0, 85, 0, 86, 1, 0, 0, 0, .. data]);
    }

    private static void Write(ushort typeId, byte[] fields)
    {
        byte[] body =
        [
            1, 0, (byte)typeId, (byte)(typeId >> 8), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0,
            255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, .. fields,
        ];
        var run = new OpcUaRun(joinedMidway: false);
        run.Feed(Direction.ToServer, OpcUaServicesTarget.Message(body));
        var written = run.End();
        if (written.Count > 2) throw new InvalidOperationException("One operation became several.");
    }
}

/// <summary>
/// Services: two bytes choose the service's request and response by type id, the rest is the body of both after its
/// header. What is read may not depend on whether the response came in one chunk or in two.
/// </summary>
public sealed class OpcUaServicesTarget : IFuzzTarget
{
    private static readonly ushort[] Requests =
    [
        422, 12208, 428, 437, 12211, 446, 452, 461, 467, 473, 479, 488, 494, 500, 506, 527, 533, 554, 560, 566, 615, 621,
        631, 664, 673, 700, 712, 751, 763, 769, 775, 781, 787, 793, 799, 826, 832, 841, 847, 15903,
    ];

    /// <inheritdoc/>
    public string Name => "opcua-services";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds => Requests.Select((_, index) =>
        (byte[])[(byte)index, 8, 0, 0, 0, 0, 1, 0, 0, 0, 0, 85, 13, 0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 0, 0]);

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length is < 2 or > 4000) return;
        var typeId = Requests[data[0] % Requests.Length];
        var split = 2 + Math.Min(data[1], data.Length - 2);
        var asked = data[2..split];
        var given = data[split..];
        var responseId = typeId switch { 12208 => 12209, 12211 => 12212, 15903 => 21001, _ => typeId + 3 };
        byte[] request =
        [
            1, 0, (byte)typeId, (byte)(typeId >> 8), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0,
            255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, .. asked,
        ];
        byte[] response =
        [
            1, 0, (byte)responseId, (byte)(responseId >> 8), 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0,
            255, 255, 255, 255, 0, 0, 0, .. given,
        ];
        var whole = new OpcUaRun(joinedMidway: false).Opened();
        whole.Feed(Direction.ToServer, Message(request));
        whole.Feed(Direction.ToClient, Message(response, 'F', 2));
        var chunked = new OpcUaRun(joinedMidway: false).Opened();
        chunked.Feed(Direction.ToServer, Message(request));
        chunked.Feed(Direction.ToClient, Message(response.AsSpan(0, 12), 'C', 2));
        chunked.Feed(Direction.ToClient, Message(response.AsSpan(12), 'F', 3));
        if (!whole.End().SequenceEqual(chunked.End())) throw new InvalidOperationException("Chunks changed the observations.");
    }

    internal static byte[] Message(ReadOnlySpan<byte> body, char chunk = 'F', byte sequence = 1)
    {
        var size = 24 + body.Length;
        return
        [
            (byte)'M', (byte)'S', (byte)'G', (byte)chunk, (byte)size, (byte)(size >> 8), 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,
            sequence, 0, 0, 0, 2, 0, 0, 0, .. body,
        ];
    }
}
