using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.OpcUa.Transport;

/// <summary>Types of messages by their three letters, read as a number.</summary>
internal static class MessageType
{
    public const uint Hello = 'H' | 'E' << 8 | 'L' << 16;
    public const uint Acknowledge = 'A' | 'C' << 8 | 'K' << 16;
    public const uint Error = 'E' | 'R' << 8 | 'R' << 16;
    public const uint ReverseHello = 'R' | 'H' << 8 | 'E' << 16;
    public const uint Open = 'O' | 'P' << 8 | 'N' << 16;
    public const uint Close = 'C' | 'L' << 8 | 'O' << 16;
    public const uint Message = 'M' | 'S' << 8 | 'G' << 16;
}

/// <summary>The header every message and chunk begins with.</summary>
/// <remarks>OPC UA Part 6 v1.05 §6.7.2.2 and §7.1.2.2: three letters, a chunk type, the size with the header.</remarks>
internal readonly record struct MessageHeader(uint Type, byte Chunk, uint Size)
{
    public const int Bytes = 8;

    /// <summary>Message header, SecureChannelId, TokenId.</summary>
    public const int SymmetricBytes = 16;

    /// <summary>Sequence number and request identifier.</summary>
    public const int SequenceBytes = 8;

    /// <summary>
    /// The size of the largest chunk there can be: stacks agree on 8 KiB to some MiB. The four upper bits keep the claim
    /// that something is a header from resting on letters alone.
    /// </summary>
    public const uint MaximumBytes = 1 << 28;

    public bool IsFinal => Chunk == (byte)'F';

    public bool IsChunked => Type is MessageType.Message or MessageType.Open or MessageType.Close;

    /// <summary>The header at the beginning of the bytes, at least <see cref="Bytes"/> of them.</summary>
    public static MessageHeader Read(ReadOnlySpan<byte> data)
    {
        var letters = ReadUInt32LittleEndian(data);
        return new MessageHeader(letters & 0xFF_FFFF, (byte)(letters >> 24), ReadUInt32LittleEndian(data[4..]));
    }

    /// <summary>Whether it can be a header: type, chunk type and the sizes they allow.</summary>
    public bool IsPlausible => Size < MaximumBytes && Type switch
    {
        MessageType.Hello => Chunk == 'F' && Size is >= 32 and <= 32 + 4096,
        MessageType.Acknowledge => Chunk == 'F' && Size == 28,
        MessageType.Error => Chunk == 'F' && Size is >= 16 and <= 16 + 4096,
        MessageType.ReverseHello => Chunk == 'F' && Size is >= 16 and <= 16 + 2 * 4096,
        MessageType.Open or MessageType.Close => Chunk is (byte)'F' or (byte)'C' or (byte)'A' && Size >= 24,
        MessageType.Message => Chunk is (byte)'F' or (byte)'C' or (byte)'A' && Size >= 24,
        _ => false,
    };

    /// <summary>Whether the first bytes, fewer than a header, may begin one.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> letters = "HELFACKFERRFRHEFOPNFOPNCOPNAMSGFMSGCMSGACLOFCLOCCLOA"u8;
        var length = Math.Min(4, data.Length);
        for (var at = 0; at < letters.Length; at += 4)
            if (letters.Slice(at, length).SequenceEqual(data[..length])) return true;
        return false;
    }
}
