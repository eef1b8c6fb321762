using System.Text.Json;

namespace OtGuard.Collectors.Capture.Tests.Network;

/// <summary>
/// A protocol of messages that begin with 0xA5 and their length; its decoders write down what they were given.
/// </summary>
internal sealed class RecordingProtocol(bool framed = false) : IProtocol
{
    public const ushort Port = 4242;

    public List<RecordingDecoder> Decoders { get; } = [];

    public string Name => "recording";

    public string DisplayName => "Recording";

    public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts => [(Transport.Tcp, Port), (Transport.Udp, Port)];

    public IReadOnlyList<AnomalyDescriptor> Anomalies => [];

    public Claim Probe(in Probe probe) => probe.Data.Length == 0 ? new Claim(ClaimVerdict.NeedMoreData)
        : !framed || probe.Data[0] == 0xA5 ? new Claim(ClaimVerdict.Yes)
        : probe.Data[0] == 0xA6 ? new Claim(ClaimVerdict.Yes, 0, SenderIsClient: false)
        : new Claim(ClaimVerdict.No);

    public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant)
    {
        var decoder = new RecordingDecoder(framed);
        Decoders.Add(decoder);
        return decoder;
    }

    public string OperationName(short code, int subCode) => "";

    public string OperationText(short code, int subCode) => "";

    public string TargetText(Target target) => "";

    public string ReasonText(int reason) => "";

    public string UnitText(short unit) => "";

    public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch)
    {
    }
}

internal sealed class RecordingDecoder(bool framed) : IConnectionDecoder
{
    public List<byte> ToServer { get; } = [];

    public List<byte> ToClient { get; } = [];

    /// <summary>What happened, in order: <c>&gt;3</c> three bytes to the server, <c>&lt;gap</c>, <c>close</c>.</summary>
    public List<string> Events { get; } = [];

    public List<int> MessageLengths { get; } = [];

    public int MaximumMessageBytes => 256;

    public int Decode(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        var used = 0;
        while (framed && used + 1 < data.Length && used + Math.Max((byte)2, data[used + 1]) <= data.Length)
        {
            var length = Math.Max((byte)2, data[used + 1]);
            MessageLengths.Add(length);
            used += length;
        }

        if (!framed) used = data.Length;
        if (used == 0) return 0;
        (direction == Direction.ToServer ? ToServer : ToClient).AddRange(data[..used]);
        Events.Add((direction == Direction.ToServer ? ">" : "<") + used);
        return used;
    }

    public void OnGap(Connection connection, Direction direction, Sighting sighting, ObservationBatch output) =>
        Events.Add((direction == Direction.ToServer ? ">" : "<") + "gap");

    public void OnTime(Connection connection, CaptureTime now, ObservationBatch output) => Times++;

    public int Times { get; private set; }

    public void OnClose(Connection connection, Sighting sighting, bool captureEnded, ObservationBatch output) =>
        Events.Add(captureEnded ? "capture ended" : "close");
}
