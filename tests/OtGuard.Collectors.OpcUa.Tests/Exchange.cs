using System.Text;
using System.Text.Json;

using OtGuard.TestKit;

namespace OtGuard.Collectors.OpcUa.Tests;

/// <summary>An observation with its bytes taken out of the batch, so that a test can look at it later.</summary>
internal sealed record Seen(Observation Observation, string TargetName, string Values, JsonElement Json)
{
    public byte[] RequestData { get; init; } = [];

    public byte[] ResponseData { get; init; } = [];

    public OpcUaFacts? Facts { get; init; }

    public OpcUaAnomaly Anomalies => (OpcUaAnomaly)Observation.Anomalies;

    public Outcome Outcome => Observation.Outcome;

    public Operation Operation => Observation.Operation;

    /// <summary>Everything that must not depend on how the bytes were split.</summary>
    public string Essence =>
        $"{Operation} {Outcome} {Observation.Sender} {Observation.Transaction} {Observation.Target} {Observation.SubCode} "
        + $"{Observation.Part} {Anomalies} {Observation.Reason} {Json.GetRawText()}";
}

/// <summary>One connection and its decoder; what it writes is collected in <see cref="Seen"/>.</summary>
internal sealed class Exchange : IObservationConsumer
{
    private readonly ObservationBatch _batch;
    private readonly IConnectionDecoder _decoder;
    private readonly byte[][] _rest = [[], []];
    private readonly List<Seen> _seen = [];
    private long _frame;
    private uint _toServerSequence;
    private uint _toClientSequence;

    public Exchange(OpcUaOptions? options = null, bool joinedMidway = false, OpcUaProtocol? protocol = null)
    {
        Protocol = protocol ?? new OpcUaProtocol(options ?? new OpcUaOptions());
        _batch = new ObservationBatch(this);
        _decoder = Protocol.CreateDecoder(1, Collectors.Transport.Tcp, 0);
        var client = new Endpoint(NetworkAddress.Parse("10.0.0.5"), 49152);
        var server = new Endpoint(NetworkAddress.Parse("10.0.0.9"), 4840);
        Connection = new Connection(
            0, client, server, Collectors.Transport.Tcp,
            new Conversation(0, client.Address, server.Address, Collectors.Transport.Tcp, 4840))
        { JoinedMidway = joinedMidway };
    }

    public Connection Connection { get; }

    public OpcUaProtocol Protocol { get; }

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

    public Seen Last => Seen[^1];

    private Sighting Now => new(new CaptureTime((long)(Milliseconds * 1e6)), _frame);

    /// <summary>A channel with policy None, opened; what that wrote is taken away.</summary>
    public Exchange Opened()
    {
        Send(Direction.ToServer, Ua.Hello()).Send(Direction.ToClient, Ua.Acknowledge());
        Send(Direction.ToServer, Ua.OpenRequest(sequence: ++_toServerSequence));
        Send(Direction.ToClient, Ua.OpenResponse(sequence: ++_toClientSequence));
        _batch.Flush();
        _seen.Clear();
        return this;
    }

    /// <summary>A service request on channel 1 with token 1 and the next sequence number.</summary>
    public Exchange Request(byte[] body, uint requestId = 2) =>
        Send(Direction.ToServer, Ua.Message(body, requestId, ++_toServerSequence));

    public Exchange Response(byte[] body, uint requestId = 2) =>
        Send(Direction.ToClient, Ua.Message(body, requestId, ++_toClientSequence));

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
        foreach (var observation in batch.Items) _seen.Add(Take(observation, batch, Protocol));
    }

    public static Seen Take(in Observation observation, ObservationBatch batch, OpcUaProtocol protocol)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) protocol.WriteJson(writer, observation, batch);
        return new Seen(
            observation,
            protocol.TargetKey(observation.Target) ?? "",
            Text(batch, observation, protocol),
            JsonDocument.Parse(stream.ToArray()).RootElement)
        {
            RequestData = batch.Bytes(observation.RequestData).ToArray(),
            ResponseData = batch.Bytes(observation.ResponseData).ToArray(),
            Facts = OpcUaFacts.Read(observation, batch),
        };
    }

    private static string Text(ObservationBatch batch, in Observation observation, OpcUaProtocol protocol)
    {
        var text = new StringBuilder();
        if (observation.RequestValues.Count > 0) text.Append(":=").Append(protocol.ValuesText(observation.RequestValues, batch));
        if (observation.ResponseValues.Count > 0) text.Append('=').Append(protocol.ValuesText(observation.ResponseValues, batch));
        return text.ToString();
    }
}
