using System.Buffers.Binary;
using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.Modbus;

namespace OtGuard.Fuzzing.Targets;

/// <summary>
/// Frames from any network: link type, then for each frame a length, a time step in milliseconds and the bytes. Limits
/// are narrow, so that every budget is reached.
/// </summary>
internal sealed class TrafficTarget : IFuzzTarget
{
    private static readonly TrafficOptions Options = new()
    {
        MaximumConnections = 8,
        MaximumConversations = 8,
        MaximumReorderBytesPerConnection = 2048,
        MaximumReorderBytes = 4096,
        MaximumReorderSegments = 8,
        MaximumHistoryBytes = 8192,
        MaximumHeldFrames = 4,
        MaximumFragmentedDatagrams = 4,
        MaximumFragmentBytes = 4096,
        VerifyTransportChecksums = true,
    };

    private static readonly ushort[] LinkTypes = [1, 0, 101, 108, 113, 192, 228, 229, 276];

    public string Name => "traffic";

    public IEnumerable<byte[]> Seeds =>
    [
        Input(0, Segment(1, 0, 2, []), Segment(2, 9, 16, [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]), Segment(14, 9, 17, [])),
        Input(0, Segment(5, 9, 24, [0, 1, 0, 0, 0, 6]), Segment(20, 9, 24, [1, 2]), Segment(11, 9, 24, [1, 3, 0, 0, 0, 1])),
        Input(0, Segment(1, 0, 2, [])[..40], [.. new byte[12], 0x81, 0, 0, 1, 0x08, 0x06, .. new byte[28]]),
        Input(2, Segment(1, 0, 2, [])[14..]),
    ];

    public void Run(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        var linkType = new LinkType(LinkTypes[data[0] % LinkTypes.Length]);
        var listener = new Listener();
        var decoder = new TrafficDecoder(
            new ProtocolRegistry(new ModbusProtocol(new ModbusOptions())), Options, new ObservationBatch(listener))
        {
            FrameListener = listener,
        };
        data = data[1..];
        var time = 0L;
        var number = 0L;
        while (data.Length >= 4)
        {
            var length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(data), data.Length - 4);
            time += BinaryPrimitives.ReadInt16BigEndian(data[2..]) * 1_000_000L;
            var frame = data.Slice(4, length);
            decoder.Process(new CapturedFrame(new CaptureTime(time), linkType, 0, ++number, frame, length + (int)(number % 3)));
            data = data[(4 + length)..];
        }

        decoder.Finish();
        if (listener.Frames.Count != number) throw new InvalidOperationException("A frame was not told of.");
        var limit = Options.MaximumConversations + Enum.GetValues<Transport>().Length;
        if (decoder.Conversations.Count > limit) throw new InvalidOperationException("Conversations have no bound.");
        foreach (var conversation in decoder.Conversations)
        {
            if (conversation.FromClient.Frames + conversation.FromServer.Frames != conversation.Frames.Count)
                throw new InvalidOperationException("A conversation's counts disagree.");
            if (conversation.Visibility.LostBytes < 0) throw new InvalidOperationException("Less than nothing was lost.");
        }
    }

    private static byte[] Segment(byte sequence, byte acknowledgement, byte flags, byte[] payload) =>
    [
        2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
        0x45, 0, 0, (byte)(40 + payload.Length), 0, sequence, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        0xC0, 0, 1, 0xF6, 0, 0, 0, sequence, 0, 0, 0, acknowledgement, 0x50, flags, 32, 0, 0, 0, 0, 0, .. payload,
    ];

    private static byte[] Input(byte linkType, params byte[][] frames) =>
        [linkType, .. frames.SelectMany(frame => (byte[])[0, (byte)frame.Length, 0, 5, .. frame])];

    private sealed class Listener : IObservationConsumer, IFrameListener
    {
        public HashSet<long> Frames { get; } = [];

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
                if (observation.Frame == 0) throw new InvalidOperationException("An observation has no frame.");
        }

        public void OnFrame(long frame, CaptureTime time, Conversation? conversation)
        {
            if (!Frames.Add(frame)) throw new InvalidOperationException("A frame was told of twice.");
        }
    }
}
