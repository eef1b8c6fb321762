using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.OpcUa.Transport;
using OtGuard.TestKit;

namespace OtGuard.Collectors.OpcUa.Tests.Peers;

/// <summary>A shared capture through the real path: file, network, decoder.</summary>
internal sealed class PeerCapture : IObservationConsumer, IChunkListener
{
    private readonly OpcUaProtocol _protocol = new(new OpcUaOptions());

    private PeerCapture(string relative, Func<long, bool> isThere)
    {
        _protocol.State.Listener = this;
        var batch = new ObservationBatch(this);
        var traffic = new TrafficDecoder(new ProtocolRegistry(_protocol), new TrafficOptions(), batch);
        using var source = CaptureFiles.Open([SharedData.PathOf(relative)]);
        while (source.TryRead(out var frame))
            if (isThere(frame.Number)) traffic.Process(in frame);
        traffic.Finish();
        Conversations = traffic.Conversations;
    }

    public List<Seen> Observations { get; } = [];

    public List<ChunkSeen> Chunks { get; } = [];

    public IReadOnlyList<Conversation> Conversations { get; }

    public IReadOnlyList<ChannelSummary> Channels => _protocol.Channels;

    public static PeerCapture Run(string relative) => new(relative, _ => true);

    /// <summary>The capture without some of its frames.</summary>
    public static PeerCapture Run(string relative, Func<long, bool> isThere) => new(relative, isThere);

    public void OnChunk(in ChunkSeen chunk) => Chunks.Add(chunk);

    public void Consume(ObservationBatch batch)
    {
        foreach (var observation in batch.Items)
            if (observation.Protocol != ProtocolRegistry.Network) Observations.Add(Exchange.Take(observation, batch, _protocol));
    }
}
