namespace OtGuard.Collectors.OpcUa.Services;

/// <summary>What a monitored item watches.</summary>
internal readonly record struct MonitoredItem(uint Node, int Attribute, uint Identifier);

/// <summary>
/// The monitored items of one connection: by the client's handle, as notifications name them, and by the server's
/// identifier, as they are changed and deleted. Bounded; full, new ones are counted and not known.
/// </summary>
internal sealed class MonitoredItems(int maximum)
{
    private readonly Dictionary<ulong, MonitoredItem> _byHandle = [];
    private readonly Dictionary<ulong, uint> _handles = [];

    /// <summary>Items that found no room.</summary>
    public long Overflowed { get; private set; }

    public int Count => _byHandle.Count;

    public void Add(uint subscription, uint handle, uint identifier, uint node, int attribute)
    {
        if (_byHandle.Count >= maximum || _handles.Count >= maximum)
        {
            Overflowed++;
            return;
        }

        _byHandle[Key(subscription, handle)] = new MonitoredItem(node, attribute, identifier);
        _handles[Key(subscription, identifier)] = handle;
    }

    public bool TryFind(uint subscription, uint handle, out MonitoredItem item) =>
        _byHandle.TryGetValue(Key(subscription, handle), out item);

    /// <summary>The item of a server's identifier.</summary>
    public bool TryFindByIdentifier(uint subscription, uint identifier, out MonitoredItem item)
    {
        item = default;
        return _handles.TryGetValue(Key(subscription, identifier), out var handle) && TryFind(subscription, handle, out item);
    }

    /// <summary>The client gave an item another handle.</summary>
    public void Rename(uint subscription, uint identifier, uint handle)
    {
        if (!_handles.TryGetValue(Key(subscription, identifier), out var old) || old == handle) return;
        if (!_byHandle.Remove(Key(subscription, old), out var item)) return;
        _byHandle[Key(subscription, handle)] = item;
        _handles[Key(subscription, identifier)] = handle;
    }

    public void Remove(uint subscription, uint identifier)
    {
        if (_handles.Remove(Key(subscription, identifier), out var handle)) _byHandle.Remove(Key(subscription, handle));
    }

    public void RemoveSubscription(uint subscription)
    {
        foreach (var key in _byHandle.Keys)
            if (key >> 32 == subscription) _byHandle.Remove(key);
        foreach (var key in _handles.Keys)
            if (key >> 32 == subscription) _handles.Remove(key);
    }

    private static ulong Key(uint subscription, uint number) => (ulong)subscription << 32 | number;
}
