using System.Buffers;
using System.Text;
using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Can.DoIp;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;

namespace OtGuard.Fuzzing.Targets;

/// <summary>
/// Frames of a CAN bus with what they carry: portions of an identifier, a length and a payload. Every frame has to be
/// observed or counted, and what is observed to be written.
/// </summary>
public sealed class CanTarget : IFuzzTarget, IObservationConsumer
{
    private readonly ProtocolRegistry _protocols = new(new CanProtocol(), new UdsProtocol(), new J1939Protocol());
    private long _frames;

    /// <inheritdoc/>
    public string Name => "can";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        Seed("000007E0 021003AAAAAAAAAA", "000007E8 065003003201F4AA"),
        Seed("000007E0 0322F19000000000", "000007E8 100A62F190313233", "000007E0 3000000000000000", "000007E8 2134353637000000"),
        Seed("98DA10F1 023E000000000000", "98DAF110 027E000000000000"),
        Seed("98ECFF00 200E0002FFCAFE00", "98EBFF00 0143FFBF00090854", "98EBFF00 02000908ED141F01"),
        Seed("98EEFF0B 0100E00100820010", "98EA00FF CAFE00"),
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        _frames = 0;
        var batch = new ObservationBatch(this);
        var traffic = new CanTraffic(
            _protocols,
            new CanOptions { MaximumIdentifiers = 8, MaximumMessages = 2, MaximumOutstandingRequests = 2 },
            batch);
        var number = 0L;
        while (data.Length >= 5)
        {
            var length = Math.Min(data[4] & 63, data.Length - 5);
            var frame = new byte[8 + length];
            data[..4].CopyTo(frame);
            frame[4] = (byte)length;
            data.Slice(5, length).CopyTo(frame.AsSpan(8));
            traffic.Process(new CapturedFrame(
                new CaptureTime(++number * 1_000_000), LinkType.SocketCan, 0, number, frame, frame.Length));
            data = data[(5 + length)..];
        }

        traffic.Finish();
        var counters = traffic.FrameCounters;
        if (counters.Emitted != _frames
            || counters.Received != _frames + counters.Failed.Values.Sum() + counters.Dropped.Values.Sum())
            throw new InvalidOperationException("A frame is neither observed nor counted.");
    }

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        foreach (var observation in batch.Items)
        {
            if (observation.Protocol == ProtocolRegistry.Network) continue;
            var protocol = _protocols[observation.Protocol];
            if (protocol.Name == "can") _frames++;
            var json = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(json)) protocol.WriteJson(writer, observation, batch);
            _ = protocol.Identity(observation, batch);
            _ = protocol.OperationText(observation.Code, observation.SubCode) + protocol.TargetText(observation.Target);
        }
    }

    private static byte[] Seed(params string[] frames)
    {
        var seed = new List<byte>();
        foreach (var frame in frames)
        {
            var parts = frame.Split(' ');
            seed.AddRange(Convert.FromHexString(parts[0]));
            var payload = Convert.FromHexString(parts[1]);
            seed.Add((byte)payload.Length);
            seed.AddRange(payload);
        }

        return [.. seed];
    }
}

/// <summary>The text of a DBC file: read, and every signal decoded from the bytes of the file itself.</summary>
public sealed class DbcTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "dbc";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        Encoding.UTF8.GetBytes(
            """
            VERSION "1.0"
            NS_ :
                CM_
                VAL_
            BS_:
            BU_: A B
            BO_ 496 Example: 8 A
             SG_ Temperature : 0|12@0- (0.01,250) [229.52|270.47] "degK"  A,B
             SG_ Mode M : 16|4@1+ (1,0) [0|0] "" Vector__XXX
             SG_ Rest m1M : 24|32@1- (1,0) [0|0] "" Vector__XXX
            CM_ SG_ 496 Temperature "of water";
            BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
            BA_DEF_DEF_ "GenMsgCycleTime" 0;
            BA_ "GenMsgCycleTime" BO_ 496 100;
            VAL_ 496 Mode 0 "off" 1 "on" ;
            SIG_VALTYPE_ 496 Rest : 1;
            SG_MUL_VAL_ 496 Rest Mode 1-1, 3-4;
            """),
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        var file = DbcReader.Read(data, "fuzz");
        var payload = data[..Math.Min(64, data.Length)];
        foreach (var message in file.Messages)
        {
            foreach (var signal in message.Signals)
            {
                _ = signal.IsPresentIn(payload);
                if (!signal.TryReadRaw(payload, out var raw)) continue;
                if (raw != Plain(signal, payload)) throw new InvalidOperationException($"{signal.Name} differs.");
                _ = signal.TryDecode(payload, out _);
            }
        }

        _ = new DbcDatabase(file).Find(0x8000_0001);
    }

    /// <summary>Bit by bit.</summary>
    private static long Plain(DbcSignal signal, ReadOnlySpan<byte> payload)
    {
        ulong bits = 0;
        var at = signal.StartBit;
        for (var index = 0; index < signal.Length; index++)
        {
            var bit = (ulong)(payload[at / 8] >> (at % 8) & 1);
            if (signal.IsBigEndian)
            {
                bits = bits << 1 | bit;
                at = at % 8 == 0 ? at + 15 : at - 1;
            }
            else
            {
                bits |= bit << index;
                at++;
            }
        }

        var negative = signal.IsSigned && signal.Length < 64 && (bits >> (signal.Length - 1) & 1) != 0;
        return (long)(negative ? bits | ulong.MaxValue << signal.Length : bits);
    }
}

/// <summary>A DoIP connection: portions of a direction, a length and bytes, decoded as offered and byte by byte.</summary>
public sealed class DoIpTarget : IFuzzTarget, IObservationConsumer
{
    private readonly List<string> _written = [];
    private readonly DoIpProtocol _doip = new(new CanOptions());
    private readonly ProtocolRegistry _protocols;

    /// <summary>Creates the target.</summary>
    public DoIpTarget()
    {
        _protocols = new ProtocolRegistry(_doip, new UdsProtocol());
        _doip.UseRegistry(_protocols);
    }

    /// <inheritdoc/>
    public string Name => "doip";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        Seed("02FD0005000000070E000000000000", "02FD0006000000090E0000011000000000"),
        Seed("02FD8001000000060E0000011003", "02FD80020000000500010E0000"),
        Seed("02FD8001000000070E00000122F190", "02FD80030000000500010E0003"),
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        var whole = Decode(data, byteByByte: false);
        if (!whole.SequenceEqual(Decode(data, byteByByte: true)))
            throw new InvalidOperationException("Splitting changed the observations.");
    }

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        foreach (var observation in batch.Items)
        {
            var json = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(json)) _protocols[observation.Protocol].WriteJson(writer, observation, batch);
            _written.Add($"{observation.Outcome} {observation.Anomalies:x} {Encoding.UTF8.GetString(json.WrittenSpan)}");
        }
    }

    private List<string> Decode(ReadOnlySpan<byte> data, bool byteByByte)
    {
        _written.Clear();
        var batch = new ObservationBatch(this);
        var address = NetworkAddress.FromIPv4(0x0A000001);
        var connection = new Connection(
            0, new Endpoint(address, 40000), new Endpoint(address, 13400), Transport.Tcp,
            new Conversation(0, address, address, Transport.Tcp, 13400));
        var decoder = _doip.CreateDecoder(1, Transport.Tcp, 0);
        byte[][] rest = [[], []];
        var frame = 0L;
        while (data.Length >= 2)
        {
            var direction = (Direction)(data[0] & 1);
            var portion = data.Slice(2, Math.Min(data[1], data.Length - 2));
            data = data[(2 + portion.Length)..];
            frame++;
            var step = byteByByte ? 1 : Math.Max(1, portion.Length);
            for (var at = 0; at < portion.Length; at += step)
            {
                byte[] offered = [.. rest[(int)direction], .. portion.Slice(at, step)];
                var used = decoder.Decode(connection, direction, offered, new Sighting(default, frame), batch);
                if (used < 0 || used > offered.Length) throw new InvalidOperationException("More used than offered.");
                rest[(int)direction] = offered[used..];
            }
        }

        decoder.OnClose(connection, default, captureEnded: false, batch);
        batch.Flush();
        return [.. _written];
    }

    private static byte[] Seed(string request, string response)
    {
        var asked = Convert.FromHexString(request);
        var answered = Convert.FromHexString(response);
        return [0, (byte)asked.Length, .. asked, 1, (byte)answered.Length, .. answered];
    }
}
