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
    private int _next;

    /// <summary>
    /// The conversations, in the order they began. Their <see cref="Conversation.Index"/> is never given twice, and is
    /// their place here until one is forgotten.
    /// </summary>
    public IReadOnlyList<Conversation> Conversations => _conversations;

    /// <summary>Payload bytes of forgotten conversations that could be decoded.</summary>
    public long ForgottenDecodedBytes { get; private set; }

    /// <summary>Payload bytes of forgotten conversations that could not be decoded or read.</summary>
    public long ForgottenUnreadBytes { get; private set; }

    /// <summary>A new conversation with the next number.</summary>
    public Conversation Open(
        NetworkAddress client, NetworkAddress server, Transport transport, ushort service, CaptureTime time)
    {
        var conversation = new Conversation(_next++, client, server, transport, service)
        {
            FirstSeen = time,
            LastSeen = time,
        };
        _conversations.Add(conversation);
        return conversation;
    }

    /// <summary>Forgets conversations; what refers to them keeps them.</summary>
    public void Forget(IReadOnlySet<Conversation> conversations)
    {
        foreach (var conversation in conversations)
        {
            ForgottenDecodedBytes += conversation.Visibility.DecodedBytes;
            ForgottenUnreadBytes += conversation.Visibility.UndecodedBytes + conversation.Visibility.OpaqueBytes;
        }

        _conversations.RemoveAll(conversations.Contains);
    }

    /// <summary>The number of a new connection.</summary>
    public int NextConnection() => _connections++;
}
