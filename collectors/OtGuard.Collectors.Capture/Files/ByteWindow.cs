namespace OtGuard.Collectors.Capture.Files;

/// <summary>
/// The stretch of a file that lies in memory. A reader looks at the bytes from <see cref="Start"/>, moves
/// <see cref="Start"/> on, and calls <see cref="Ensure"/> where it needs more than is there.
/// </summary>
/// <remarks>
/// What is left is moved to the front when a record does not fit; so a frame is copied only where it lay across the end
/// of the window. The window grows with bytes that are really there, to twice what is asked for, so that moves stay rare
/// however long the records are. Plain reads, no mapping: a mapped file that shrinks ends the process.
/// </remarks>
internal sealed class ByteWindow(ByteSource source, byte[] buffer) : IDisposable
{
    private bool _atEnd;

    /// <summary>The memory; valid from <see cref="Start"/> to <see cref="End"/>. Replaced when it grows.</summary>
    public byte[] Bytes { get; private set; } = buffer;

    /// <summary>Index of the first byte not yet used.</summary>
    public int Start { get; set; }

    /// <summary>Index behind the last byte.</summary>
    public int End { get; private set; }

    /// <summary>Offset in the (uncompressed) file of the first byte of the memory.</summary>
    public long Origin { get; private set; }

    /// <summary>Bytes there.</summary>
    public int Available => End - Start;

    /// <summary>Offset in the (uncompressed) file of the first byte not yet used.</summary>
    public long Position => Origin + Start;

    /// <summary>The file behind.</summary>
    public ByteSource Source => source;

    /// <summary>The bytes there.</summary>
    public ReadOnlySpan<byte> Span => Bytes.AsSpan(Start, End - Start);

    /// <summary>Reads until <paramref name="bytes"/> are there; false where the file ends before.</summary>
    public bool Ensure(int bytes) => End - Start >= bytes || Read(bytes);

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    private bool Read(int needed)
    {
        while (!_atEnd && Available < needed)
        {
            if (Start + needed > Bytes.Length) MoveToFront();
            if (End == Bytes.Length) Grow(needed);
            var read = source.Read(Bytes.AsSpan(End));
            End += read;
            _atEnd = read == 0;
        }

        return Available >= needed;
    }

    private void MoveToFront()
    {
        if (Start == 0) return;
        Bytes.AsSpan(Start, Available).CopyTo(Bytes);
        Origin += Start;
        End -= Start;
        Start = 0;
    }

    private void Grow(int needed)
    {
        var size = (int)Math.Min(Bytes.Length * 2L, needed * 2L);
        var larger = GC.AllocateUninitializedArray<byte>(Math.Max(size, Bytes.Length + 1));
        Bytes.AsSpan(0, End).CopyTo(larger);
        Bytes = larger;
    }
}
