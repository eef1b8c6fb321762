namespace OtGuard.Collectors.Capture.Network;

/// <summary>Every conversation of the run, looked up when a connection begins and never on the way of a frame.</summary>
internal sealed class ConversationTable(ConversationRegister register, int maximum)
{
    private readonly Dictionary<Key, Conversation> _byKey = [];
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

        if (_byKey.Count >= maximum)
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

    private readonly record struct Key(
        NetworkAddress Client, NetworkAddress Server, Transport Transport, ushort Service);
}
