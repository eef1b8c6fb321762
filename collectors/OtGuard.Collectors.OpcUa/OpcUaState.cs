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
