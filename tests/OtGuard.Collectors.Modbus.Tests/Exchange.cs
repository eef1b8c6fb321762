using System.Text.Json;

namespace OtGuard.Collectors.Modbus.Tests;

/// <summary>An observation with its values taken out of the batch, so that a test can look at it later.</summary>
internal sealed record Seen(Observation Observation, int[] RequestValues, int[] ResponseValues, JsonElement Json)
{
    public byte[] RequestPdu { get; init; } = [];

    public byte[] ResponsePdu { get; init; } = [];

    public ModbusAnomaly Anomalies => (ModbusAnomaly)Observation.Anomalies;

    public Outcome Outcome => Observation.Outcome;

    public Target Target => Observation.Target;

    public JsonElement Member(string name) => Json.GetProperty(name);

    /// <summary>Everything that must not depend on how the bytes were split.</summary>
    public string Essence =>
        $"{Observation.Operation} {Outcome} {Observation.Sender} {Observation.Unit} {Observation.Transaction} "
        + $"{Observation.Target} {Observation.WriteTarget} {Anomalies} {Observation.Reason} {Json.GetRawText()}";
}

/// <summary>One connection and its decoder; what it writes is collected in <see cref="Seen"/>.</summary>
internal sealed class Exchange : IObservationConsumer
{
    private readonly ObservationBatch _batch;
    private readonly IConnectionDecoder _decoder;
    private readonly byte[][] _rest = [[], []];
    private readonly List<Seen> _seen = [];
    private long _frame;

    public Exchange(
        ModbusFraming framing = ModbusFraming.Mbap,
        Transport transport = Transport.Tcp,
        ModbusOptions? options = null,
        bool joinedMidway = false,
        bool oneSided = false)
    {
        Protocol = new ModbusProtocol(options ?? new ModbusOptions());
        _batch = new ObservationBatch(this);
        _decoder = Protocol.CreateDecoder(1, transport, (byte)framing);
        var client = new Endpoint(NetworkAddress.Parse("10.0.0.5"), 49152);
        var server = new Endpoint(NetworkAddress.Parse("10.0.0.9"), 502);
        Connection = new Connection(
            0, client, server, transport, new Conversation(0, client.Address, server.Address, transport, 502))
        {
            JoinedMidway = joinedMidway,
            OneSided = oneSided,
        };
    }

    public Connection Connection { get; }

    public ModbusProtocol Protocol { get; }

    /// <summary>Capture time of the next bytes, in milliseconds.</summary>
    public double Milliseconds { get; set; }

    public IReadOnlyList<Seen> Seen
    {
        get
        {
            _batch.Flush();
            return _seen;
        }
    }

    public Seen Single
    {
        get
        {
            Assert.HasCount(1, Seen);
            return _seen[0];
        }
    }

    private Sighting Now => new(new CaptureTime((long)(Milliseconds * 1e6)), _frame);

    public Exchange Request(string hexadecimal) => Send(Direction.ToServer, Bytes(hexadecimal));

    public Exchange Response(string hexadecimal) => Send(Direction.ToClient, Bytes(hexadecimal));

    /// <summary>A request and its response as PDUs, framed with transaction 1 and unit 1.</summary>
    public Exchange Pdus(string request, string response) =>
        Send(Direction.ToServer, Adu(1, 1, Bytes(request))).Send(Direction.ToClient, Adu(1, 1, Bytes(response)));

    public Exchange Send(Direction direction, byte[] bytes)
    {
        _frame++;
        ref var rest = ref _rest[(int)direction];
        byte[] data = [.. rest, .. bytes];
        var used = _decoder.Decode(Connection, direction, data, Now, _batch);
        Assert.IsInRange(0, data.Length, used);
        rest = data[used..];
        return this;
    }

    public Exchange Gap(Direction direction)
    {
        _decoder.OnGap(Connection, direction, Now, _batch);
        _rest[(int)direction] = [];
        return this;
    }

    /// <summary>The capture cuts the next bytes of that many after those sent, and what was left over goes with them.</summary>
    public Exchange Cut(Direction direction, int missing) => Cut(direction, _rest[(int)direction], missing);

    public Exchange Cut(Direction direction, byte[] begun, int missing)
    {
        _decoder.OnCut(Connection, direction, begun, missing, Now, _batch);
        _rest[(int)direction] = [];
        return this;
    }

    public Exchange Tick(double milliseconds)
    {
        Milliseconds = milliseconds;
        _decoder.OnTime(Connection, Now.Time, _batch);
        return this;
    }

    public Exchange Close(bool captureEnded = false)
    {
        _decoder.OnClose(Connection, Now, captureEnded, _batch);
        return this;
    }

    public void Consume(ObservationBatch batch)
    {
        foreach (var observation in batch.Items)
        {
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream)) Protocol.WriteJson(writer, observation, batch);
            _seen.Add(new Seen(
                observation,
                Values(batch, observation.RequestValues),
                Values(batch, observation.ResponseValues),
                JsonDocument.Parse(stream.ToArray()).RootElement));
        }
    }

    public static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal.Replace(" ", ""));

    public static byte[] Adu(ushort transaction, byte unit, byte[] pdu) =>
    [
        (byte)(transaction >> 8), (byte)transaction, 0, 0,
        (byte)((pdu.Length + 1) >> 8), (byte)(pdu.Length + 1), unit, .. pdu,
    ];

    public static byte[] Rtu(byte unit, byte[] pdu)
    {
        byte[] frame = [unit, .. pdu];
        var crc = Crc16.Of(frame);
        return [.. frame, (byte)crc, (byte)(crc >> 8)];
    }

    private static int[] Values(ObservationBatch batch, ValueSlice slice)
    {
        var values = new int[slice.Count];
        for (var index = 0; index < values.Length; index++) values[index] = batch.Value(slice, index);
        return values;
    }
}
