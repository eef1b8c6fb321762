using OtGuard.Collectors.Capture.Network;

namespace OtGuard.Collectors.Capture.Tests.Network;

/// <summary>A traffic decoder under test with its recorded observations, and two hosts that talk TCP.</summary>
internal sealed class Network : IObservationConsumer, IFrameListener
{
    public const string Client = "10.0.0.1";
    public const string Server = "10.0.0.2";
    public const int ClientPort = 50_000;

    /// <summary>The segments built here carry no checksum; only tests about checksums look at them.</summary>
    private static readonly TrafficOptions NoChecksums = new() { VerifyTransportChecksums = false };

    private readonly ObservationBatch _batch;
    private long _frame;
    private int _identification;

    public Network(bool framed = false, TrafficOptions? options = null)
    {
        Protocol = new RecordingProtocol(framed);
        _batch = new ObservationBatch(this);
        Decoder = new TrafficDecoder(new ProtocolRegistry(Protocol), options ?? NoChecksums, _batch)
        {
            FrameListener = this,
        };
    }

    public TrafficDecoder Decoder { get; }

    public RecordingProtocol Protocol { get; }

    public List<Observation> Observations { get; } = [];

    public List<string?> ProtocolNames { get; } = [];

    public SortedDictionary<long, Conversation?> FrameConversations { get; } = [];

    public long FrameTimes { get; private set; }

    /// <summary>Capture time of the next frame; grows by a millisecond a frame unless set.</summary>
    public TimeSpan Now { get; set; } = TimeSpan.FromSeconds(1000);

    public uint ClientSequence { get; set; } = 1000;

    public uint ServerSequence { get; set; } = 900_000;

    public RecordingDecoder OnlyDecoder => Protocol.Decoders.Single();

    public Conversation TcpConversation => Decoder.Conversations.Single(c => c.Transport == Transport.Tcp);

    public IEnumerable<Operation> Operations => Observations.Select(observation => observation.Operation);

    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items) Observations.Add(observation);
    }

    public void OnFrame(long frame, CaptureTime time, Conversation? conversation)
    {
        FrameConversations.Add(frame, conversation);
        FrameTimes++;
    }

    public void Frame(byte[] bytes, LinkType? link = null, int? originalLength = null)
    {
        var time = new CaptureTime(Now.Ticks * 100);
        Now += TimeSpan.FromMilliseconds(1);
        Decoder.Process(new CapturedFrame(time, link ?? LinkType.Ethernet, 0, ++_frame, bytes, originalLength ?? bytes.Length));
    }

    public void Ip(string source, string destination, byte protocol, byte[] payload, int? id = null) =>
        Frame(Wire.Ethernet(Host(source), Host(destination), 0x0800,
            Wire.IPv4(source, destination, protocol, payload, id ?? ++_identification)));

    public static int Host(string address) => (int)(NetworkAddress.Parse(address).Low & 0xFF);

    public void FromClient(uint sequence, uint acknowledgement, byte flags, byte[]? data = null) =>
        Ip(Client, Server, 6, Wire.Tcp(ClientPort, RecordingProtocol.Port, sequence, acknowledgement, flags, data));

    public void FromServer(uint sequence, uint acknowledgement, byte flags, byte[]? data = null) =>
        Ip(Server, Client, 6, Wire.Tcp(RecordingProtocol.Port, ClientPort, sequence, acknowledgement, flags, data));

    public void Handshake()
    {
        FromClient(ClientSequence++, 0, Wire.Syn);
        FromServer(ServerSequence++, ClientSequence, Wire.Syn | Wire.Ack);
        FromClient(ClientSequence, ServerSequence, Wire.Ack);
    }

    public void ClientSends(params byte[] data)
    {
        FromClient(ClientSequence, ServerSequence, Wire.Ack | Wire.Psh, data);
        ClientSequence += (uint)data.Length;
    }

    public void ServerSends(params byte[] data)
    {
        FromServer(ServerSequence, ClientSequence, Wire.Ack | Wire.Psh, data);
        ServerSequence += (uint)data.Length;
    }

    public void Finish() => Decoder.Finish();

    public int CountOf(Operation operation) => Observations.Count(observation => observation.Operation == operation);
}
