using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>A variable that a client watches.</summary>
internal sealed class OpcUaMonitoredItem(uint id, uint handle, OpcUaNode node)
{
    public uint Id { get; } = id;

    public uint Handle { get; } = handle;

    public OpcUaNode Node { get; } = node;

    /// <summary>The value told last.</summary>
    public OpcUaVariant Last { get; set; }

    /// <summary>False until a value was told.</summary>
    public bool IsTold { get; set; }
}

/// <summary>A subscription: what is watched, and when it is told (OPC UA Part 4 v1.05 §5.14.1).</summary>
internal sealed class OpcUaSubscription(uint id, OpcUaSession owner, long intervalNanoseconds, uint keepAliveCount, long begin)
{
    public uint Id { get; } = id;

    public OpcUaSession Owner { get; } = owner;

    public long IntervalNanoseconds { get; } = intervalNanoseconds;

    public List<OpcUaMonitoredItem> Items { get; } = [];

    /// <summary>Where the intervals are counted from.</summary>
    public long Begin { get; } = begin;

    /// <summary>Intervals that have passed.</summary>
    public long Intervals { get; set; }

    /// <summary>When it publishes next.</summary>
    public long Due { get; set; } = begin + intervalNanoseconds;

    /// <summary>The sequence number of the next notification.</summary>
    public uint Sequence { get; set; } = 1;

    /// <summary>Intervals in which there was nothing to tell.</summary>
    public uint Silent { get; set; }

    /// <summary>After how many of them it says that it is alive.</summary>
    public uint KeepAliveCount { get; } = keepAliveCount;

    /// <summary>True once anything was sent: the first interval is never left out.</summary>
    public bool HasSpoken { get; set; }
}

/// <summary>A session of a client.</summary>
internal sealed class OpcUaSession(OpcUaNodeId id, OpcUaNodeId token, OpcUaServerConnection connection)
{
    public OpcUaNodeId Id { get; } = id;

    /// <summary>By which its requests name it.</summary>
    public OpcUaNodeId Token { get; } = token;

    /// <summary>Over which it speaks at the moment.</summary>
    public OpcUaServerConnection Connection { get; set; } = connection;

    public bool IsActive { get; set; }

    public byte[] Nonce { get; set; } = [];

    public long TimeoutNanoseconds { get; init; }

    public long LastUsed { get; set; }

    /// <summary>Publish requests that wait: request identifier and handle.</summary>
    public Queue<(uint RequestId, uint Handle)> Waiting { get; } = new();

    /// <summary>What to say of acknowledgements in the answer to the request that waits longest.</summary>
    public Queue<uint[]> Acknowledged { get; } = new();
}
