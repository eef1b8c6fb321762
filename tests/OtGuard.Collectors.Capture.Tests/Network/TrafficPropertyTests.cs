using CsCheck;
using OtGuard.Collectors.Capture.Network;

namespace OtGuard.Collectors.Capture.Tests.Network;

[TestClass]
public class TrafficPropertyTests
{
    private static readonly TrafficOptions Narrow = new()
    {
        MaximumConnections = 8,
        MaximumConversations = 8,
        MaximumReorderBytesPerConnection = 4096,
        MaximumReorderBytes = 8192,
        MaximumReorderSegments = 16,
        MaximumHistoryBytes = 8192,
        MaximumHeldFrames = 8,
        MaximumFragmentedDatagrams = 4,
        MaximumFragmentBytes = 8192,
        VerifyTransportChecksums = true,
    };

    [TestMethod]
    public void Splitting_reordering_and_duplicating_segments_changes_no_byte_and_no_message() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var messages = Enumerable.Range(0, random.Next(1, 30))
                .Select(_ => Message(random.Next(2, 200), random)).ToArray();
            var stream = Wire.Concat(messages);
            var network = new Network(framed: true) { ClientSequence = (uint)random.NextInt64(uint.MaxValue) };
            network.Handshake();
            var start = network.ClientSequence;
            foreach (var (offset, length) in Shuffled(stream.Length, random))
            {
                network.FromClient(
                    start + (uint)offset, network.ServerSequence, Wire.Ack, stream[offset..(offset + length)]);
            }

            network.Finish();

            return network.OnlyDecoder.ToServer.SequenceEqual(stream)
                && network.OnlyDecoder.MessageLengths.SequenceEqual(messages.Select(message => message.Length))
                && network.TcpConversation.Visibility.DecodedBytes == stream.Length
                && network.TcpConversation.Visibility.LostBytes == 0
                && network.CountOf(Operation.SegmentsDisagree) == 0
                && network.CountOf(Operation.BytesMissing) == 0;
        },
        iter: 400);

    [TestMethod]
    public void Segments_missing_for_good_lose_their_own_bytes_only() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var stream = new byte[random.Next(100, 2000)];
            random.NextBytes(stream);
            var network = new Network();
            network.Handshake();
            var start = network.ClientSequence;
            var expected = new List<byte>();
            var lost = 0;
            for (var offset = 0; offset < stream.Length;)
            {
                var length = Math.Min(random.Next(1, 60), stream.Length - offset);
                var part = stream[offset..(offset + length)];
                if (offset > 0 && offset + length < stream.Length && random.Next(4) == 0) lost += length;
                else
                {
                    network.FromClient(start + (uint)offset, network.ServerSequence, Wire.Ack, part);
                    expected.AddRange(part);
                }

                offset += length;
            }

            network.Finish();

            return network.OnlyDecoder.ToServer.SequenceEqual(expected)
                && network.TcpConversation.Visibility.LostBytes == lost;
        },
        iter: 300);

    [TestMethod]
    public void No_frame_makes_it_throw_and_every_frame_is_told_once() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var network = new Network(framed: random.Next(2) == 0, options: Narrow);
            var frames = random.Next(1, 80);
            for (var i = 0; i < frames; i++)
            {
                var (link, frame) = AnyFrame(random);
                for (var flips = random.Next(4); flips > 0; flips--) frame[random.Next(frame.Length)] = (byte)random.Next(256);
                var length = random.Next(4) == 0 ? random.Next(frame.Length + 1) : frame.Length;
                if (random.Next(300) == 0) network.Now = TimeSpan.FromTicks(random.Next(2) == 0 ? long.MinValue / 100 : long.MaxValue / 101);
                if (random.Next(20) == 0) network.Now += TimeSpan.FromSeconds(random.Next(-400, 400));
                network.Frame(frame[..length], new LinkType((ushort)link), random.Next(2) == 0 ? frame.Length : length);
            }

            network.Finish();
            return network.FrameTimes == frames && network.Decoder.Conversations.Count <= Narrow.MaximumConversations + 4;
        },
        iter: 1500);

    [TestMethod]
    public void The_same_frames_give_the_same_observations() => Gen.Int.Sample(
        seed => Describe(seed) == Describe(seed), iter: 30);

    private static string Describe(int seed)
    {
        var random = new Random(seed);
        var network = new Network(options: Narrow);
        for (var i = 0; i < 60; i++)
        {
            var (link, frame) = AnyFrame(random);
            network.Frame(frame, new LinkType((ushort)link));
        }

        network.Finish();
        return string.Join('\n', network.Observations.Select(o =>
            $"{o.Time} {o.Frame} {o.Operation} {o.Connection.Index} {o.Connection.Client} {o.Subject} {o.Target.Count}"));
    }

    private static (int Link, byte[] Frame) AnyFrame(Random random)
    {
        if (random.Next(3) == 0)
        {
            var encapsulations = LinkAndIpTests.Encapsulations().ToArray();
            var chosen = encapsulations[random.Next(encapsulations.Length)];
            return ((int)chosen[1], [.. (byte[])chosen[2]]);
        }

        var payload = new byte[random.Next(0, 40)];
        random.NextBytes(payload);
        if (payload.Length > 1 && random.Next(2) == 0) (payload[0], payload[1]) = (0xA5, (byte)random.Next(60));
        var (from, to) = random.Next(2) == 0 ? (Network.Client, Network.Server) : (Network.Server, Network.Client);
        var packet = random.Next(8) switch
        {
            0 => Wire.IPv4(from, to, 17, Wire.Udp(random.Next(4), RecordingProtocol.Port, payload), random.Next(9)),
            1 => Wire.IPv4(from, to, 17, payload, random.Next(3), random.Next(4) | random.Next(2) << 13),
            2 => Wire.IPv4(from, to, 1, Wire.Concat([3, 3, 0, 0, 0, 0, 0, 0], payload)),
            _ => Wire.IPv4(from, to, 6, Wire.Tcp(
                random.Next(3), from == Network.Client ? RecordingProtocol.Port : random.Next(3),
                (uint)random.Next(200), (uint)random.Next(200), (byte)random.Next(32), payload), random.Next(9)),
        };
        return (1, Wire.Ethernet(random.Next(3), random.Next(3), 0x0800, packet));
    }

    /// <summary>A stream cut anywhere, pieces moved by up to five places, some sent twice, some over other cuts.</summary>
    private static List<(int Offset, int Length)> Shuffled(int total, Random random)
    {
        var pieces = new List<(double Place, int Offset, int Length)>();
        for (var offset = 0; offset < total;)
        {
            var length = Math.Min(random.Next(1, 120), total - offset);
            pieces.Add((pieces.Count + random.NextDouble() * 5, offset, length));
            if (random.Next(5) == 0) pieces.Add((pieces.Count + random.NextDouble() * 8, offset, length));
            if (random.Next(5) == 0)
            {
                var from = Math.Max(0, offset - random.Next(50));
                pieces.Add((pieces.Count + random.NextDouble() * 8, from, offset + length - from));
            }

            offset += length;
        }

        return [.. pieces.OrderBy(piece => piece.Place).Select(piece => (piece.Offset, piece.Length))];
    }

    private static byte[] Message(int length, Random random)
    {
        var message = new byte[length];
        random.NextBytes(message);
        (message[0], message[1]) = (0xA5, (byte)length);
        return message;
    }
}
