namespace OtGuard.Collectors.Capture.Network;

/// <summary>The conversations of the run, looked up when a connection begins and never on the way of a frame.</summary>
/// <remarks>
/// Where there is no room, those that have been silent for longest make some, as far as no connection of theirs can be
/// left; where there are none of these, what is new goes under the catch-all of its transport.
/// </remarks>
internal sealed class ConversationTable(ConversationRegister register, TrafficOptions options)
{
    /// <summary>
    /// Of the room, the part that is made at a time, so that a full table is not sorted for each newcomer.
    /// </summary>
    private const int PartAtOnce = 10;

    /// <summary>How long is waited after a look in vain.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Key, Conversation> _byKey = [];
    private CaptureTime _nextLook;

    /// <summary>How many silent conversations made room.</summary>
    public long Forgotten { get; private set; }

    /// <summary>How many connections found no room and went under the catch-all of their transport.</summary>
    public long Overflowed { get; private set; }

    /// <summary>The number of a new connection.</summary>
    public int NextConnection() => register.NextConnection();

    public Conversation Get(
        NetworkAddress client, NetworkAddress server, Transport transport, ushort service, CaptureTime time, out bool isNew)
    {
        var key = new Key(client, server, transport, service);
        if (_byKey.TryGetValue(key, out var found))
        {
            isNew = false;
            return found;
        }

        if (_byKey.Count >= options.MaximumConversations) MakeRoom(time);
        if (_byKey.Count >= options.MaximumConversations)
        {
            Overflowed++;
            key = new Key(default, default, transport, 0);
            if (_byKey.TryGetValue(key, out found))
            {
                isNew = false;
                return found;
            }
        }

        isNew = true;
        var made = register.Open(key.Client, key.Server, key.Transport, key.Service, time);
        _byKey.Add(key, made);
        return made;
    }

    private void MakeRoom(CaptureTime now)
    {
        if (now < _nextLook) return;
        var before = now + -options.ConversationIdleTimeout;
        var silent = _byKey.Where(pair => pair.Value.LastSeen < before && !pair.Key.IsCatchAll)
            .OrderBy(pair => pair.Value.LastSeen).Take(options.MaximumConversations / PartAtOnce + 1).ToList();
        foreach (var (key, _) in silent) _byKey.Remove(key);
        register.Forget(silent.Select(pair => pair.Value).ToHashSet());
        Forgotten += silent.Count;
        if (silent.Count == 0) _nextLook = now + LookAgain;
    }

    private readonly record struct Key(
        NetworkAddress Client, NetworkAddress Server, Transport Transport, ushort Service)
    {
        public bool IsCatchAll => Client == default && Server == default && Service == 0;
    }
}
