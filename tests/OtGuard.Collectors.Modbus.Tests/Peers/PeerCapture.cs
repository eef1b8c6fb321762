using System.Globalization;
using System.Text.Json;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Modbus.Tests.Peers;

/// <summary>One message as our decoder saw it: one side of an observation.</summary>
internal sealed record PduSeen(Seen Seen, bool IsRequest, byte[] Pdu)
{
    public long Frame => IsRequest ? Seen.Observation.RequestFrame : Seen.Observation.ResponseFrame;

    public Endpoint Source => IsRequest ? Seen.Observation.Connection.Client : Seen.Observation.Connection.Server;

    public Endpoint Destination => IsRequest ? Seen.Observation.Connection.Server : Seen.Observation.Connection.Client;

    public int Transaction => (int)Seen.Observation.Transaction;

    public int Unit => Seen.Observation.Unit;

    public int FunctionCode => Pdu[0] & 0x7F;

    public bool IsException => Pdu[0] >= 0x80;

    /// <summary>The length the MBAP header declared: what is cut off behind a PDU is part of it.</summary>
    public int Length => Pdu.Length + 1;

    public JsonElement Json => Seen.Json;
}

/// <summary>A shared capture through the real path: file, network, decoder.</summary>
internal sealed class PeerCapture : IObservationConsumer
{
    private readonly ModbusProtocol _protocol = new(new ModbusOptions());

    private PeerCapture(string relative)
    {
        var batch = new ObservationBatch(this);
        var traffic = new TrafficDecoder(new ProtocolRegistry(_protocol), new TrafficOptions(), batch);
        using var source = CaptureFiles.Open([SharedData.PathOf(relative)]);
        while (source.TryRead(out var frame)) traffic.Process(in frame);
        traffic.Finish();
        Pdus = [.. Observations.SelectMany(Sides).OrderBy(pdu => pdu.Frame)];
    }

    public List<Seen> Observations { get; } = [];

    /// <summary>All messages in the order of their frames.</summary>
    public IReadOnlyList<PduSeen> Pdus { get; }

    public static PeerCapture Run(string relative) => new(relative);

    public void Consume(ObservationBatch batch)
    {
        foreach (var observation in batch.Items)
        {
            if (observation.Protocol == 0) continue;
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream)) _protocol.WriteJson(writer, observation, batch);
            Observations.Add(new Seen(
                observation,
                Values(batch, observation.RequestValues),
                Values(batch, observation.ResponseValues),
                JsonDocument.Parse(stream.ToArray()).RootElement)
            {
                RequestPdu = batch.Bytes(observation.RequestData).ToArray(),
                ResponsePdu = batch.Bytes(observation.ResponseData).ToArray(),
            });
        }
    }

    /// <summary>A JSON member as text: empty for null or none, values joined by the separator.</summary>
    public static string Text(JsonElement json, string member, string separator = ";")
    {
        if (!json.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null) return "";
        return value.ValueKind == JsonValueKind.Array
            ? string.Join(separator, value.EnumerateArray().Select(item => item.GetRawText()))
            : value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }

    public static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<PduSeen> Sides(Seen seen)
    {
        if (seen.RequestPdu.Length > 0) yield return new PduSeen(seen, true, seen.RequestPdu);
        if (seen.ResponsePdu.Length > 0) yield return new PduSeen(seen, false, seen.ResponsePdu);
    }

    private static int[] Values(ObservationBatch batch, ValueSlice slice)
    {
        var values = new int[slice.Count];
        for (var index = 0; index < values.Length; index++) values[index] = batch.Value(slice, index);
        return values;
    }
}
