using OtGuard.Collectors.OpcUa.Security;
using OtGuard.Collectors.OpcUa.Services;
using OtGuard.Collectors.OpcUa.Transport;
using OtGuard.Collectors.OpcUa.Types;

namespace OtGuard.Collectors.OpcUa;

/// <summary>What the decoders of a run share: names behind numbers, certificates, the channels seen, counters.</summary>
internal sealed class OpcUaState(OpcUaOptions options)
{
    private readonly Queue<ChannelState> _channels = [];
    private readonly Lock _using = new();
    private long _unnamedNodes;
    private long _unnamedActors;
    private long _collisions;

    public OpcUaOptions Options => options;

    public NodeTable Nodes { get; } = new(options.MaximumNodes, options.MaximumNodeIdentifierBytes);

    public Actors Actors { get; } = new(options.MaximumActors);

    public CertificateTable Certificates { get; } = new(options.MaximumCertificates);

    public StageCounters Counters { get; } = new("OPC UA");

    /// <summary>Messages decoded; fields for the hot path, moved to the counters when those are read.</summary>
    public long Messages;

    /// <summary>Observations written.</summary>
    public long Observations;

    public IReadOnlyList<ChannelState> Channels
    {
        get
        {
            lock (_using) return [.. _channels];
        }
    }

    /// <summary>Told of every chunk, where somebody compares with other decoders.</summary>
    public IChunkListener? Listener { get; set; }

    /// <summary>The counters, with what the tables could not hold since they were read before.</summary>
    public StageCounters Settle()
    {
        lock (_using)
        {
            Counters.Received = Messages;
            Counters.Emitted = Observations;
            Drop("name of a node without room", Nodes.Overflowed, ref _unnamedNodes);
            Drop("name of a user or application without room", Actors.Overflowed, ref _unnamedActors);
            var collisions = Nodes.Collisions;
            if (collisions > _collisions) Counters.Note("node with the number of another node", collisions - _collisions);
            _collisions = collisions;
            return Counters;
        }
    }

    private void Drop(string reason, long count, ref long before)
    {
        if (count > before) Counters.Drop(reason, count - before);
        before = count;
    }

    public void Add(ChannelState channel)
    {
        lock (_using)
        {
            if (_channels.Count >= options.MaximumChannels)
            {
                _channels.Dequeue();
                Counters.Drop("secure channel left out of the report");
            }

            _channels.Enqueue(channel);
        }
    }
}
