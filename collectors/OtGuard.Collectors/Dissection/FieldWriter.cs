using System.Buffers.Binary;

namespace OtGuard.Collectors.Dissection;

/// <summary>
/// Writes the fields of a message into the frames its bytes lie in: a field that lies in two frames becomes a part in
/// each.
/// </summary>
public sealed class FieldWriter
{
    private readonly IReadOnlyList<MessagePiece> _pieces;

    /// <summary>Writes for a message in one piece.</summary>
    public FieldWriter(DissectedFrame frame, int offset, int length) =>
        _pieces = [new MessagePiece(frame, offset, length)];

    /// <summary>Writes for a message of several pieces, at least one.</summary>
    public FieldWriter(IReadOnlyList<MessagePiece> pieces) => _pieces = pieces;

    /// <summary>Says of all frames of the message what they are.</summary>
    public void Describe(string protocol, string description)
    {
        DissectedFrame? last = null;
        foreach (var piece in _pieces)
        {
            if (piece.Frame != last) piece.Frame.Describe(protocol, description);
            last = piece.Frame;
        }
    }

    /// <summary>Adds a field.</summary>
    /// <param name="layer">Its layer.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value in words.</param>
    /// <param name="offset">Its first byte in the message.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <param name="mask">Its bits, one byte for each of its bytes; empty where it takes them whole.</param>
    public void Add(
        string layer, string name, string value, int offset, int length, FieldFault fault = FieldFault.None,
        ReadOnlyMemory<byte> mask = default)
    {
        var at = 0;
        for (var index = 0; index < _pieces.Count; index++)
        {
            var piece = _pieces[index];
            var from = Math.Max(offset, at);
            var to = Math.Min(offset + length, at + piece.Length);
            var isLast = index == _pieces.Count - 1;
            if (length == 0 ? offset < at + piece.Length || isLast : from < to)
            {
                // A missing field stands where it would begin.
                if (length == 0) from = to = Math.Clamp(offset, at, at + piece.Length);
                piece.Frame.Add(new DissectedField(
                    layer, name, value, piece.Offset + from - at, to - from, fault,
                    mask.IsEmpty ? mask : mask[(from - offset)..(to - offset)], to - from < length));
                if (to >= offset + length) return;
            }

            at += piece.Length;
        }
    }

    /// <summary>Adds a field of some bits of a number in network order.</summary>
    /// <param name="layer">Its layer.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value in words.</param>
    /// <param name="offset">The number's first byte in the message.</param>
    /// <param name="length">The number's bytes, 1 to 8.</param>
    /// <param name="bits">The field's bits of the number.</param>
    public void AddBits(string layer, string name, string value, int offset, int length, ulong bits)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, bits);
        var mask = number[(8 - length)..];
        var first = mask.IndexOfAnyExcept((byte)0);
        if (first < 0) return;
        var last = mask.LastIndexOfAnyExcept((byte)0);
        mask = mask[first..(last + 1)];
        Add(
            layer, name, value, offset + first, mask.Length, FieldFault.None,
            mask.IndexOfAnyExcept((byte)0xFF) < 0 ? default : mask.ToArray());
    }
}
