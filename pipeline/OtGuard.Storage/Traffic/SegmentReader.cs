using System.Buffers;

namespace OtGuard.Storage.Traffic;

/// <summary>Walks through the whole blocks of a segment, up to its end or to where it is torn.</summary>
internal sealed class SegmentReader : IDisposable
{
    /// <summary>Read at a time; grows to twice the longest block at most.</summary>
    private const int WindowBytes = 1 << 20;

    private readonly FileStream _file;
    private readonly long _end;
    private byte[] _window;
    private int _start;
    private int _filled;
    private long _read;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file; it may be deleted meanwhile.</param>
    /// <param name="end">Where to stop.</param>
    /// <param name="start">Where to begin: with a block.</param>
    /// <param name="window">Bytes read at a time, as long as no block is longer.</param>
    public SegmentReader(string path, long end, long start = 0, int window = WindowBytes)
    {
        _file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        // Borrowed: with evidence of one deviation after the other, windows of their own would keep the collector busy.
        _window = ArrayPool<byte>.Shared.Rent(window);
        _file.Position = start;
        _end = Math.Min(end, _file.Length) - start;
    }

    /// <summary>Bytes of the whole blocks so far: where the segment is torn, those before the tear.</summary>
    public long WholeBytes { get; private set; }

    /// <summary>The next whole block; empty at the end. Valid until the next call, and may be changed.</summary>
    public Span<byte> Next()
    {
        while (true)
        {
            var waiting = _window.AsSpan(_start, _filled - _start);
            var length = PcapngBlocks.WholeBlock(waiting);
            if (length > 0)
            {
                _start += length;
                WholeBytes += length;
                return waiting[..length];
            }

            waiting.CopyTo(_window);
            _filled = waiting.Length;
            _start = 0;
            var room = (int)Math.Min(_window.Length - _filled, _end - _read);
            if (room == 0 && _filled == _window.Length && _window.Length < 2 * WindowBytes)
            {
                // A block longer than the window.
                var longer = ArrayPool<byte>.Shared.Rent(2 * _window.Length);
                _window.AsSpan(0, _filled).CopyTo(longer);
                ArrayPool<byte>.Shared.Return(_window);
                _window = longer;
                continue;
            }

            var more = room == 0 ? 0 : _file.Read(_window.AsSpan(_filled, room));
            if (more == 0) return default;
            _filled += more;
            _read += more;
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_window);
        _window = [];
    }
}
