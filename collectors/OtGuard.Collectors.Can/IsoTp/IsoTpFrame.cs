using System.Buffers.Binary;

namespace OtGuard.Collectors.Can.IsoTp;

/// <summary>The kinds of ISO-TP frames by the upper half of their first byte.</summary>
internal enum IsoTpKind : byte
{
    /// <summary>None of them, or one that breaks the rules.</summary>
    None,

    /// <summary>SF: a whole message.</summary>
    Single,

    /// <summary>FF: the beginning of a message and its length.</summary>
    First,

    /// <summary>CF: its continuation.</summary>
    Consecutive,

    /// <summary>FC: the receiver says how to go on.</summary>
    FlowControl,
}

/// <summary>An ISO-TP frame in the payload of a CAN frame. Borrows the bytes.</summary>
/// <remarks>ISO 15765-2:2016 §9.6 (protocol control information), §9.4 (addressing), §9.5 (CAN FD lengths).</remarks>
internal readonly ref struct IsoTpFrame
{
    private IsoTpFrame(IsoTpKind kind, uint length, byte value, ReadOnlySpan<byte> data)
    {
        Kind = kind;
        Length = length;
        Value = value;
        Data = data;
    }

    public IsoTpKind Kind { get; }

    /// <summary>Length of the whole message: SF and FF.</summary>
    public uint Length { get; }

    /// <summary>Sequence number of a CF, flow status of an FC.</summary>
    public byte Value { get; }

    /// <summary>The part of the message in this frame; of an FC block size and separation time.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Reads a frame.</summary>
    /// <param name="payload">The CAN payload.</param>
    /// <param name="offset">0 with normal addressing, 1 behind the address of extended and mixed addressing.</param>
    public static IsoTpFrame Read(ReadOnlySpan<byte> payload, int offset)
    {
        if (payload.Length <= offset) return default;
        var rest = payload[offset..];
        var head = rest[0];
        switch (head >> 4)
        {
            case 0:
                return ReadSingle(payload.Length, rest);
            case 1:
                return ReadFirst(payload.Length, rest, offset);
            case 2:
                return rest.Length < 2 ? default : new IsoTpFrame(IsoTpKind.Consecutive, 0, (byte)(head & 15), rest[1..]);
            case 3:
                return rest.Length < 3 || (head & 15) > 2
                    ? default
                    : new IsoTpFrame(IsoTpKind.FlowControl, 0, (byte)(head & 15), rest.Slice(1, 2));
            default:
                return default;
        }
    }

    private static IsoTpFrame ReadSingle(int payloadLength, ReadOnlySpan<byte> rest)
    {
        var length = rest[0] & 15;
        if (payloadLength <= 8)
            return length == 0 || length >= rest.Length
                ? default
                : new IsoTpFrame(IsoTpKind.Single, (uint)length, 0, rest.Slice(1, length));

        // Above eight bytes the length follows in a byte of its own.
        if (length != 0 || rest.Length < 3) return default;
        length = rest[1];
        return length == 0 || length > rest.Length - 2
            ? default
            : new IsoTpFrame(IsoTpKind.Single, (uint)length, 0, rest.Slice(2, length));
    }

    private static IsoTpFrame ReadFirst(int payloadLength, ReadOnlySpan<byte> rest, int offset)
    {
        if (payloadLength < 8) return default;
        var length = (uint)((rest[0] & 15) << 8 | rest[1]);
        var from = 2;
        if (length == 0)
        {
            if (rest.Length < 7) return default;
            length = BinaryPrimitives.ReadUInt32BigEndian(rest[2..]);
            if (length <= 4095) return default;
            from = 6;
        }

        // What fits a single frame must not begin with a first frame.
        var single = payloadLength <= 8 ? 7 - offset : payloadLength - 2 - offset;
        return length <= single ? default : new IsoTpFrame(IsoTpKind.First, length, 0, rest[from..]);
    }
}
