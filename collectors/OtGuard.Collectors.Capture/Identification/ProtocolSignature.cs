namespace OtGuard.Collectors.Capture.Identification;

/// <summary>
/// Recognises one protocol by the structure of its messages. Stateless and thread-safe; never throws, never reads past
/// the span, allocates nothing.
/// </summary>
internal abstract class ProtocolSignature(string name, int structureBits, bool opaque = false)
{
    /// <summary>The name of <see cref="ProtocolNames"/>.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// The least number of bits a payload must have right to be claimed, even on the protocol's registered port: a
    /// random payload is claimed with a probability of at most 2 to the minus this.
    /// </summary>
    public int StructureBits { get; } = structureBits;

    /// <summary>Whether what follows is encrypted.</summary>
    public bool Opaque { get; } = opaque;

    /// <summary>
    /// Whether the bytes are this protocol's. NeedMoreData only while they may be the beginning of a message, and never
    /// with <see cref="ProtocolIdentifier.EnoughBytes"/> bytes or more.
    /// </summary>
    public abstract ClaimVerdict Match(in Probe probe);
}
