using System.Runtime.InteropServices;
using OtGuard.Collectors;

namespace OtGuard.Host.Capturing;

/// <summary>The capture process's end of the channel: gathers records into chunks, which a thread of its own writes.</summary>
/// <remarks>
/// Who reads the interface never waits for the parent: where all chunks are full, frames are dropped and counted. A chunk
/// goes out when it is full or when nothing waits, so that a busy line is written in few calls and a quiet one at once.
/// Records are added by one thread. Nothing is allocated per frame.
/// </remarks>
internal sealed class FrameChannel : IDisposable
{
    /// <summary>
    /// One write: what fits into the pipe at once where the kernel let it grow, and the longest record.
    /// </summary>
    private const int ChunkBytes = 1 << 20;

    /// <summary>
    /// 32 MiB: more than two seconds of 100 Mbit/s, in which the parent may collect garbage or write its store.
    /// </summary>
    private const int Chunks = 32;

    private readonly Stream _output;
    private readonly object _queues = new();
    private readonly Queue<Chunk> _free = new(Chunks);
    private readonly Queue<Chunk> _full = new(Chunks);
    private readonly Thread _writer;
    private Chunk? _chunk;
    private bool _isComplete;
    private bool _isWriting;
    private volatile bool _isBroken;

    /// <summary>Opens the channel on a stream.</summary>
    public FrameChannel(Stream output)
    {
        _output = output;
        for (var i = 0; i < Chunks; i++) _free.Enqueue(new Chunk());
        _writer = new Thread(Write) { IsBackground = true, Name = "channel" };
        _writer.Start();
    }

    /// <summary>Frames that were dropped because the parent was too slow.</summary>
    public long Drops { get; private set; }

    /// <summary>Frames put into the channel.</summary>
    public long Frames { get; private set; }

    /// <summary>Whether the parent has gone.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>Adds a frame, or drops it where there is no room.</summary>
    public void Add(in CapturedFrame frame)
    {
        var record = new CaptureRecord(
            frame.Data.Length, frame.OriginalLength, frame.Time.UnixNanoseconds, frame.LinkType.Value,
            CaptureRecordKind.Frame);
        if (TryAdd(in record, frame.Data, wait: false)) Frames++;
        else Drops++;
    }

    /// <summary>Adds what is not a frame; waits for room, unless the parent has gone.</summary>
    public void Add(CaptureRecordKind kind, ReadOnlySpan<byte> text, long unixNanoseconds = 0) =>
        TryAdd(new CaptureRecord(text.Length, 0, unixNanoseconds, 0, kind), text, wait: true);

    /// <summary>Adds the time, where there is room: another tick follows.</summary>
    public void AddTime(CaptureTime time) =>
        TryAdd(new CaptureRecord(0, 0, time.UnixNanoseconds, 0, CaptureRecordKind.Time), [], wait: false);

    /// <summary>
    /// Lets what was added go out, unless something still does: then more is gathered, so that a parent who is late finds
    /// few full chunks and not many that are nearly empty.
    /// </summary>
    public void Flush()
    {
        if (_chunk is not { Used: > 0 }) return;
        lock (_queues)
            if (_isWriting || _full.Count > 0) return;
        HandOver();
    }

    private void HandOver()
    {
        if (_chunk is not { Used: > 0 } chunk) return;
        _chunk = null;
        Put(_full, chunk);
    }

    /// <summary>Writes what was added, and ends.</summary>
    public void Dispose()
    {
        HandOver();
        lock (_queues)
        {
            _isComplete = true;
            Monitor.PulseAll(_queues);
        }

        _writer.Join();
    }

    private bool TryAdd(in CaptureRecord record, ReadOnlySpan<byte> data, bool wait)
    {
        if (data.Length > CaptureRecord.MaximumLength) return false;
        var bytes = CaptureRecord.HeaderBytes + data.Length;
        if (_chunk is { } used && used.Used + bytes > ChunkBytes) HandOver();
        if (_chunk is null)
        {
            _chunk = TakeFree(wait && !_isBroken);
            if (_chunk is null) return false;
            _chunk.Used = 0;
        }

        MemoryMarshal.Write(_chunk.Bytes.AsSpan(_chunk.Used), in record);
        data.CopyTo(_chunk.Bytes.AsSpan(_chunk.Used + CaptureRecord.HeaderBytes));
        _chunk.Used += bytes;
        return true;
    }

    // Plain locks, entered once a chunk: collections that block spin before they do, and take the time from who reads.
    private Chunk? TakeFree(bool wait)
    {
        lock (_queues)
        {
            while (_free.Count == 0)
            {
                if (!wait) return null;
                Monitor.Wait(_queues);
            }

            return _free.Dequeue();
        }
    }

    private Chunk? TakeFull()
    {
        lock (_queues)
        {
            _isWriting = false;
            while (_full.Count == 0)
            {
                if (_isComplete) return null;
                Monitor.Wait(_queues);
            }

            _isWriting = true;
            return _full.Dequeue();
        }
    }

    private void Put(Queue<Chunk> queue, Chunk chunk)
    {
        lock (_queues)
        {
            queue.Enqueue(chunk);
            Monitor.Pulse(_queues);
        }
    }

    private void Write()
    {
        while (TakeFull() is { } chunk)
        {
            try
            {
                if (!_isBroken) _output.Write(chunk.Bytes.AsSpan(0, chunk.Used));
            }
            catch (IOException)
            {
                // The parent has gone, and with it who wants the frames.
                _isBroken = true;
            }

            Put(_free, chunk);
        }
    }

    private sealed class Chunk
    {
        public byte[] Bytes { get; } = new byte[ChunkBytes];

        public int Used { get; set; }
    }
}
