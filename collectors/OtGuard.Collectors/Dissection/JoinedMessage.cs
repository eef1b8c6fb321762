namespace OtGuard.Collectors.Dissection;

/// <summary>Where some bytes of a message lie.</summary>
/// <param name="Frame">The frame.</param>
/// <param name="Offset">The first of them in the frame.</param>
/// <param name="Length">How many they are.</param>
public readonly record struct MessagePiece(DissectedFrame Frame, int Offset, int Length);

/// <summary>
/// The bytes of a message, put together of one or several frames. The frames wait for it until it is closed, and then
/// get the fields that lie in them.
/// </summary>
public sealed class JoinedMessage
{
    /// <summary>Bytes of one message at most; a longer one is dissected as far as that.</summary>
    public const int MaximumBytes = 1 << 20;

    private readonly string _layer;
    private readonly Action<JoinedMessage, bool> _dissect;
    private readonly List<MessagePiece> _pieces = [];
    private byte[] _bytes = [];

    /// <summary>Begins a message.</summary>
    /// <param name="layer">The layer that joins: <c>TCP</c>.</param>
    /// <param name="dissect">Writes the fields once it is closed; told whether the message is complete.</param>
    public JoinedMessage(string layer, Action<JoinedMessage, bool> dissect)
    {
        _layer = layer;
        _dissect = dissect;
    }

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Where they lie.</summary>
    public IReadOnlyList<MessagePiece> Pieces => _pieces;

    /// <summary>Whether it was closed, by its end or because it was waited for too long.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Adds bytes of a frame, which waits from now on.</summary>
    public void Add(DissectedFrame frame, int offset, int length)
    {
        if (IsClosed || length <= 0) return;
        length = Math.Min(length, MaximumBytes - Length);
        if (length <= 0) return;
        if (Length + length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(Length + length, Math.Min(2 * _bytes.Length, MaximumBytes)));
        frame.Data.Span.Slice(offset, length).CopyTo(_bytes.AsSpan(Length));
        Length += length;
        _pieces.Add(new MessagePiece(frame, offset, length));
        frame.Hold(this);
    }

    /// <summary>
    /// Takes the first bytes out as a message of their own; what follows them stays. The new message is not closed yet.
    /// </summary>
    public JoinedMessage TakeFirst(int length)
    {
        var first = new JoinedMessage(_layer, _dissect);
        var rest = new List<MessagePiece>();
        var left = length;
        foreach (var piece in _pieces)
        {
            var taken = Math.Clamp(left, 0, piece.Length);
            left -= taken;
            first.Add(piece.Frame, piece.Offset, taken);
            if (taken < piece.Length)
                rest.Add(new MessagePiece(piece.Frame, piece.Offset + taken, piece.Length - taken));
            piece.Frame.Release(this);
        }

        _pieces.Clear();
        Length = 0;
        foreach (var piece in rest) Add(piece.Frame, piece.Offset, piece.Length);
        return first;
    }

    /// <summary>
    /// Ends the message: its fields are written, its frames wait no longer. Of no effect the second time.
    /// </summary>
    public void Close(bool isComplete)
    {
        if (IsClosed) return;
        IsClosed = true;
        long[] frames = [.. _pieces.Select(piece => piece.Frame.Number).Distinct()];
        if (frames.Length > 1)
        {
            var spanned = new SpannedMessage(_layer, frames, isComplete);
            foreach (var frame in _pieces.Select(piece => piece.Frame).Distinct()) frame.Add(spanned);
        }

        if (Length > 0) _dissect(this, isComplete);
        foreach (var piece in _pieces) piece.Frame.Release(this);
    }
}
