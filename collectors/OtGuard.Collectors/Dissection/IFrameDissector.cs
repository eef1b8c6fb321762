using System.Diagnostics.CodeAnalysis;

namespace OtGuard.Collectors.Dissection;

/// <summary>
/// Takes frames apart, field by field, and puts together what spans several of them. Not thread-safe. Frames come out
/// in the order they went in, each once, as soon as no message they are a part of is waited for.
/// </summary>
public interface IFrameDissector
{
    /// <summary>Takes the next frame; copies its bytes. Never throws for what they are.</summary>
    void Add(in CapturedFrame frame);

    /// <summary>The next frame that is complete, or false where there is none yet.</summary>
    bool TryTake([NotNullWhen(true)] out DissectedFrame? frame);

    /// <summary>There are no more frames: what is waited for is dissected as far as it goes.</summary>
    void Finish();
}

/// <summary>What a protocol needs to know to take a message apart.</summary>
/// <param name="Transport">What carries it.</param>
/// <param name="Direction">Whether it asks or answers; null where nothing tells.</param>
/// <param name="Variant">The protocol's own number for a variant, as its claim said
/// (<see cref="Claim.Variant"/>).</param>
public readonly record struct MessageContext(Transport Transport, Direction? Direction, byte Variant);

/// <summary>
/// Takes the messages of one protocol apart. Stateless and thread-safe; never throws for what the bytes are.
/// </summary>
public interface IMessageDissector
{
    /// <summary>
    /// The length of the message that begins here, which may be more than there is; 0 where more bytes are needed to
    /// say, -1 where no message begins here.
    /// </summary>
    int LengthOf(ReadOnlySpan<byte> data, in MessageContext context);

    /// <summary>Writes the fields of a message, which may be cut short. Offsets count from its first byte.</summary>
    void Dissect(ReadOnlySpan<byte> message, in MessageContext context, FieldWriter fields);
}

/// <summary>Takes frames of a link of its own apart, beside networks: a CAN bus.</summary>
public interface ILinkDissector
{
    /// <summary>Whether it does so for a frame.</summary>
    bool Takes(in CapturedFrame frame);

    /// <summary>Writes the fields of a frame, or keeps what spans several of them until it is complete.</summary>
    void Dissect(in CapturedFrame captured, DissectedFrame frame);
}
