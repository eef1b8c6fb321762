using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Capture.Files;

namespace OtGuard.Collectors.Can.Tests;

/// <summary>An observation with its values taken out of the batch.</summary>
internal sealed record Seen(Observation Observation, string Protocol, byte[] Request, byte[] Response, JsonElement Json)
{
    public Outcome Outcome => Observation.Outcome;

    public UdsAnomaly UdsAnomalies => (UdsAnomaly)Observation.Anomalies;

    public J1939Anomaly J1939Anomalies => (J1939Anomaly)Observation.Anomalies;

    public string Client => Observation.Connection.Client.ToString();

    public string Server => Observation.Connection.Server.ToString();

    public string Essence => $"{Observation.Frame} {Protocol} {Observation.Operation} {Outcome} {Client} {Server} "
        + $"{Observation.Anomalies:x} {Json.GetRawText()}";
}

/// <summary>A CAN bus in front of the decoder; what that writes is collected.</summary>
internal sealed class Bus : IObservationConsumer
{
    private readonly ObservationBatch _batch;
    private readonly List<Seen> _seen = [];
    private long _number;

    public Bus(CanOptions? options = null, DbcDatabase? database = null)
    {
        Protocols = new ProtocolRegistry(new CanProtocol(database), new UdsProtocol(), new J1939Protocol());
        _batch = new ObservationBatch(this);
        Traffic = new CanTraffic(Protocols, options ?? new CanOptions(), _batch);
    }

    public ProtocolRegistry Protocols { get; }

    public CanTraffic Traffic { get; }

    public double Milliseconds { get; set; }

    public bool KeepsFrames { get; init; } = true;

    public IReadOnlyList<Seen> Seen
    {
        get
        {
            _batch.Flush();
            return _seen;
        }
    }

    public IReadOnlyList<Seen> Frames => [.. Seen.Where(seen => seen.Protocol == "can")];

    public IReadOnlyList<Seen> Uds => [.. Seen.Where(seen => seen.Protocol == "uds")];

    public IReadOnlyList<Seen> J1939 => [.. Seen.Where(seen => seen.Protocol == "j1939")];

    /// <summary>A data frame: an identifier of more than three digits has 29 bits.</summary>
    public Bus Send(string identifier, string data, double after = 1, int source = 0)
    {
        var number = uint.Parse(identifier, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return Send(identifier.Length > 3 ? number | 0x8000_0000 : number, Bytes(data), after, source);
    }

    public Bus Send(uint word, byte[] payload, double after = 1, int source = 0)
    {
        Milliseconds += after;
        Raw(SocketCan(word, payload), LinkType.SocketCan, source);
        return this;
    }

    public void Raw(byte[] data, LinkType linkType, int source = 0, CaptureTime? time = null)
    {
        var at = time ?? new CaptureTime((long)(Milliseconds * 1e6));
        Traffic.Process(new CapturedFrame(at, linkType, source, ++_number, data, data.Length));
    }

    public Bus Finish()
    {
        Traffic.Finish();
        return this;
    }

    /// <summary>Reads a capture file.</summary>
    public Bus Read(string path)
    {
        using var source = CaptureFiles.Open([path]);
        while (source.TryRead(out var frame)) Traffic.Process(frame);
        return Finish();
    }

    /// <summary>Reads lines of candump: <c>(1.5) can0 1A0#0011</c> or <c>can0  1A0   [2]  00 11</c>.</summary>
    public Bus ReadCandump(string path)
    {
        using var file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            var first = words.Length > 0 && words[0].StartsWith('(') ? 1 : 0;
            if (words.Length < first + 2) continue;
            if (first == 1)
                Milliseconds = 1000 * double.Parse(words[0].Trim('(', ')'), CultureInfo.InvariantCulture);
            var hash = words[first + 1].Split('#');
            var data = hash.Length == 2 ? hash[1] : string.Concat(words.Skip(first + 3).TakeWhile(w => w.Length == 2));
            if (data.Contains('R') || hash[0].Length is not (3 or 8)) continue;
            Send(hash[0], data, first == 1 ? 0 : 1);
        }

        return Finish();
    }

    public void Consume(ObservationBatch batch)
    {
        foreach (var observation in batch.Items)
        {
            if (observation.Protocol == ProtocolRegistry.Network) continue;
            var protocol = Protocols[observation.Protocol];
            if (!KeepsFrames && protocol.Name == "can") continue;
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream)) protocol.WriteJson(writer, observation, batch);
            _ = protocol.Identity(observation, batch);
            _ = protocol.OperationText(observation.Code, observation.SubCode);
            _ = protocol.TargetText(observation.Target);
            _ = protocol.ReasonText(observation.Reason);
            _seen.Add(new Seen(
                observation,
                protocol.Name,
                batch.Bytes(observation.RequestData).ToArray(),
                batch.Bytes(observation.ResponseData).ToArray(),
                JsonDocument.Parse(stream.ToArray()).RootElement));
        }
    }

    public static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal.Replace(" ", ""));

    public static byte[] SocketCan(uint word, byte[] payload, byte flags = 0)
    {
        var data = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(data, word);
        data[4] = (byte)payload.Length;
        data[5] = flags;
        payload.CopyTo(data, 8);
        return data;
    }
}
