namespace OtGuard.Collectors;

/// <summary>
/// The conversations and connections of one run, numbered over everything that is decoded in it: IP traffic and buses
/// share it, so that a number means one conversation whoever saw it.
/// </summary>
/// <remarks>Not thread-safe: belongs to the thread that decodes.</remarks>
public sealed class ConversationRegister
{
    private readonly List<Conversation> _conversations = [];
    private int _connections;

    /// <summary>Every conversation, in the order they began, by its <see cref="Conversation.Index"/>.</summary>
    public IReadOnlyList<Conversation> Conversations => _conversations;

    /// <summary>A new conversation with the next number.</summary>
    public Conversation Open(
        NetworkAddress client, NetworkAddress server, Transport transport, ushort service, CaptureTime time)
    {
        var conversation = new Conversation(_conversations.Count, client, server, transport, service)
        {
            FirstSeen = time,
            LastSeen = time,
        };
        _conversations.Add(conversation);
        return conversation;
    }

    /// <summary>The number of a new connection.</summary>
    public int NextConnection() => _connections++;
}
