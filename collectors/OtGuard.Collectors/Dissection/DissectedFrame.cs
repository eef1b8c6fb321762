namespace OtGuard.Collectors.Dissection;

/// <summary>A frame taken apart: its bytes and what each of them says.</summary>
/// <remarks>Grows while it is dissected; complete once an <see cref="IFrameDissector"/> hands it out.</remarks>
public sealed class DissectedFrame
{
    /// <summary>Fields kept of one frame; what is beyond is counted.</summary>
    public const int MaximumFields = 4096;

    private readonly List<DissectedField> _fields = [];
    private readonly List<SpannedMessage> _messages = [];
    private readonly List<JoinedMessage> _open = [];

    /// <summary>Takes a copy of a frame's bytes.</summary>
    public DissectedFrame(in CapturedFrame frame)
    {
        Number = frame.Number;
        Time = frame.Time;
        LinkType = frame.LinkType;
        Data = frame.Data.ToArray();
        OriginalLength = Math.Max(frame.OriginalLength, frame.Data.Length);
    }

    /// <summary>1-based number of the frame.</summary>
    public long Number { get; }

    /// <summary>When it was captured.</summary>
    public CaptureTime Time { get; }

    /// <summary>How <see cref="Data"/> begins.</summary>
    public LinkType LinkType { get; }

    /// <summary>The captured bytes.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>
    /// Length on the wire; greater than that of <see cref="Data"/> where a snapshot length cut the frame.
    /// </summary>
    public int OriginalLength { get; }

    /// <summary>Who sent it, as far as the frame says: an address with its port, an identifier on a bus.</summary>
    public string Sender { get; set; } = "";

    /// <summary>To whom; an empty text on a bus, where everybody listens.</summary>
    public string Receiver { get; set; } = "";

    /// <summary>The innermost layer that was recognised.</summary>
    public string Protocol { get; private set; } = "";

    /// <summary>What the frame says, in a few words; an empty text where nothing was recognised.</summary>
    public string Description { get; private set; } = "";

    /// <summary>The fields, from the outermost layer to the innermost.</summary>
    public IReadOnlyList<DissectedField> Fields => _fields;

    /// <summary>Fields beyond <see cref="MaximumFields"/>.</summary>
    public int FieldsLeftOut { get; private set; }

    /// <summary>The messages it is a part of that span several frames.</summary>
    public IReadOnlyList<SpannedMessage> Messages => _messages;

    /// <summary>Whether a message that this frame is a part of is still waited for.</summary>
    public bool IsWaiting => _open.Count > 0;

    /// <summary>
    /// Says what the frame is, replacing what an outer layer said; several messages of one layer add up.
    /// </summary>
    public void Describe(string protocol, string description)
    {
        if (protocol == Protocol && Description.Length is > 0 and < 200)
        {
            if (description.Length > 0 && !Description.EndsWith('…'))
                Description = Description.Length + description.Length > 160 ? Description + " …"
                    : $"{Description}; {description}";
            return;
        }

        Protocol = protocol;
        Description = description;
    }

    /// <summary>Gives up waiting: the messages that are not complete are dissected as far as they go.</summary>
    public void EndMessages()
    {
        while (_open.Count > 0) _open[^1].Close(isComplete: false);
    }

    internal void Add(DissectedField field)
    {
        if (_fields.Count < MaximumFields) _fields.Add(field);
        else FieldsLeftOut++;
    }

    internal void Add(SpannedMessage message) => _messages.Add(message);

    internal void Hold(JoinedMessage message)
    {
        if (!_open.Contains(message)) _open.Add(message);
    }

    internal void Release(JoinedMessage message) => _open.Remove(message);
}
