using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Capture.Tests.Network;

[TestClass]
public class RealTrafficTests
{
    [TestMethod]
    public void Requests_out_of_order_read_as_they_were_sent()
    {
        var network = Read("capture-format/http-ooo.pcap", out _);

        var text = Encoding.ASCII.GetString([.. network.OnlyDecoder.ToServer]);
        Assert.AreEqual(287, text.Length);
        Assert.AreEqual(5, text.Split("HTTP/1.1\r\n").Length - 1);
        Assert.StartsWith("PUT /1 HTTP/1.1\r\n", text);
        Assert.AreEqual(0, network.CountOf(Operation.BytesMissing));
        Assert.AreEqual(0, network.CountOf(Operation.SegmentsDisagree));
    }

    [TestMethod]
    public void Bad_segments_are_named_and_what_is_good_in_them_is_delivered()
    {
        var network = Read("capture-format/tcp-badsegments.pcap", out _);

        // Frames 10 and 11 repeat sequence numbers 65 to 80 with other bytes, the latter as part of a longer segment.
        Assert.AreEqual(
            "10 11",
            string.Join(' ', network.Observations.Where(o => o.Operation == Operation.SegmentsDisagree).Select(o => o.Frame)));
        var visibility = network.TcpConversation.Visibility;
        Assert.AreEqual(322, visibility.DecodedBytes + visibility.LostBytes);
        Assert.AreEqual(62, visibility.LostBytes);
    }

    [TestMethod]
    [DataRow("modbus")]
    [DataRow("other")]
    public void Every_frame_of_a_capture_is_counted_once(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(SharedData.PathOf(folder), "*.pcap", SearchOption.AllDirectories)
            .Where(path => new FileInfo(path).Length < 3_000_000))
        {
            var network = Read(path, out var frames);
            Assert.AreEqual(frames, network.FrameTimes, path);
            Assert.AreEqual(
                network.FrameConversations.Values.Count(conversation => conversation is not null),
                network.Decoder.Conversations.Sum(conversation => conversation.Frames.Count),
                path);
            Assert.AreEqual(
                network.Decoder.Conversations.Sum(c => c.FromClient.Frames + c.FromServer.Frames),
                network.Decoder.Conversations.Sum(conversation => conversation.Frames.Count),
                path);
        }
    }

    [TestMethod]
    public void Nothing_is_allocated_for_frames_of_connections_that_are_known()
    {
        var sink = new Sink();
        var decoder = new TrafficDecoder(new ProtocolRegistry(new SilentProtocol()), new TrafficOptions(), new ObservationBatch(sink));
        var request = Frame(Network.Client, Network.Server, Network.ClientPort, RecordingProtocol.Port);
        var response = Frame(Network.Server, Network.Client, RecordingProtocol.Port, Network.ClientPort);
        var number = 0L;

        void Exchange(uint round)
        {
            // Sequence and acknowledgement move on by the 20 bytes of each message.
            Write(request, 38, 1 + round * 20);
            Write(request, 42, 1 + round * 20);
            Write(response, 38, 1 + round * 20);
            Write(response, 42, 21 + round * 20);
            var time = new CaptureTime(round * 1_000_000L);
            decoder.Process(new CapturedFrame(time, LinkType.Ethernet, 0, ++number, request, request.Length));
            decoder.Process(new CapturedFrame(time, LinkType.Ethernet, 0, ++number, response, response.Length));
        }

        for (var round = 0u; round < 5000; round++) Exchange(round);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 5000u; round < 15_000; round++) Exchange(round);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.AreEqual(0, allocated);
        Assert.AreEqual(30_000 * 20, decoder.Conversations[0].Visibility.DecodedBytes);
    }

    private static byte[] Frame(string from, string to, int fromPort, int toPort) => Wire.Ethernet(
        Network.Host(from), Network.Host(to), 0x0800,
        Wire.IPv4(from, to, 6, Wire.Tcp(fromPort, toPort, 0, 0, Wire.Ack, new byte[20])));

    private static void Write(byte[] frame, int at, uint value) =>
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(at), value);

    private static Network Read(string path, out long frames)
    {
        var network = new Network();
        using var source = CaptureFiles.Open([Path.IsPathRooted(path) ? path : SharedData.PathOf(path)]);
        frames = 0;
        while (source.TryRead(out var frame))
        {
            network.Decoder.Process(in frame);
            frames++;
        }

        network.Finish();
        return network;
    }

    private sealed class Sink : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
        }
    }

    /// <summary>Takes everything and keeps nothing.</summary>
    private sealed class SilentProtocol : IProtocol, IConnectionDecoder
    {
        public string Name => "silent";

        public string DisplayName => "Silent";

        public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts => [];

        public IReadOnlyList<AnomalyDescriptor> Anomalies => [];

        public int MaximumMessageBytes => 256;

        public Claim Probe(in Probe probe) => new(ClaimVerdict.Yes);

        public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant) => this;

        public string OperationName(short code, int subCode) => "";

        public string OperationText(short code, int subCode) => "";

        public string TargetText(Target target) => "";

        public string ReasonText(int reason) => "";

        public string UnitText(short unit) => "";

        public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch)
        {
        }

        public int Decode(
            Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output) =>
            data.Length;

        public void OnGap(Connection connection, Direction direction, Sighting sighting, ObservationBatch output)
        {
        }

        public void OnTime(Connection connection, CaptureTime now, ObservationBatch output)
        {
        }

        public void OnClose(Connection connection, Sighting sighting, bool captureEnded, ObservationBatch output)
        {
        }
    }
}
