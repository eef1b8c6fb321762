using OtGuard.Collectors;

namespace OtGuard.Storage.Traffic;

/// <summary>The recent traffic on disk: a ring of pcapng files, bounded by size and age, that survives a restart.</summary>
/// <remarks>
/// <para>
/// <see cref="Append"/> copies a frame into a batch and allocates nothing; a batch is written when it is full, or by
/// <see cref="Flush"/>, which whoever feeds the ring calls about once a second. What was flushed survives the process;
/// of what was not, at most a batch is lost. Nothing is forced to the disk before the system does: the ring is no system
/// of record, and a loss of power may cost its last seconds. A segment that is torn so is kept up to the tear.
/// </para>
/// <para>
/// Any tool that knows pcapng reads the segments, <c>otguard inspect</c> among them; frames of CAN are frames of SocketCAN.
/// A full disk costs the oldest segment, and where that does not help the frames at hand, which are counted.
/// </para>
/// <para>
/// Where the disk is nearly full, the ring gives way before the store has to: it shrinks, and keeps nothing new until
/// there is room again.
/// </para>
/// <para>
/// <see cref="Append"/>, <see cref="Flush"/> and <see cref="OnTime"/> are called by one thread.
/// <see cref="Copy(CaptureTime, CaptureTime, Stream, long)"/>, <see cref="WrittenFrame"/> and <see cref="Report"/> may
/// be called by any.
/// </para>
/// </remarks>
public sealed class TrafficRing : IDisposable
{
    /// <summary>Bytes read at a time while frames are copied: those of one deviation lie within little more.</summary>
    private const int WindowBytes = 128 << 10;

    /// <summary>Ranges of frames no farther apart than this are walked through together: about a batch.</summary>
    private const long FramesTogether = 8192;

    /// <summary>A segment holds no more than this part of the age, so that a slow line's traffic goes when it is due.</summary>
    private const int SegmentsOfAge = 16;

    private const string NoRoom = "The disk is nearly full.";

    private readonly string _folder;
    private readonly TrafficRingOptions _options;
    private readonly Func<int, string> _nameOf;
    private readonly Lock _lock = new();
    private readonly List<Segment> _segments = [];
    private readonly Dictionary<(int Source, LinkType LinkType), int> _interfaces = [];
    private readonly byte[] _batch;
    private FileStream? _file;
    private Segment? _open;
    private int _used;
    private long _batchFrames;
    private long _batchFirstNumber;
    private long _batchLastNumber;
    private int _batchInterfaces;
    private CaptureTime _batchFirst;
    private CaptureTime _batchLast;
    private long _nextOrder;
    private long _evictedSegments;
    private long _evictedFrames;
    private long _lostFrames;
    private long _tornBytes;
    private string? _lastFault;
    private CaptureTime _newest;
    private long _written;
    private bool _isSuspended;

    private TrafficRing(string folder, Func<int, string> nameOf, TrafficRingOptions options)
    {
        (_folder, _nameOf, _options) = (folder, nameOf, options);
        _batch = new byte[options.BatchBytes];
    }

    /// <summary>The number of the last frame that was written, up to which frames can be copied.</summary>
    public long WrittenFrame => Volatile.Read(ref _written);

    /// <summary>Opens a ring, and makes its folder where there is none.</summary>
    /// <param name="folder">A folder of its own.</param>
    /// <param name="nameOf">The name of an interface by <see cref="CapturedFrame.Source"/>; asked once a segment.</param>
    /// <param name="options">How much is kept.</param>
    /// <exception cref="IOException">The folder cannot be made or read.</exception>
    public static TrafficRing Open(string folder, Func<int, string> nameOf, TrafficRingOptions? options = null)
    {
        options ??= new TrafficRingOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchBytes, 1 << 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SegmentBytes, options.BatchBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumBytes, 2 * options.SegmentBytes);
        Directory.CreateDirectory(folder);
        var ring = new TrafficRing(folder, nameOf, options);
        ring.Recover();
        return ring;
    }

    /// <summary>Takes a frame. Keeps nothing of the span; allocates nothing but where an interface is new to a segment.</summary>
    public void Append(in CapturedFrame frame)
    {
        if (_isSuspended)
        {
            Lose(1, NoRoom);
            return;
        }

        var bytes = PcapngBlocks.FrameBytes(frame.Data.Length);
        if (bytes + PcapngBlocks.SectionBytes + PcapngBlocks.MaximumNameBytes + 64 > _batch.Length)
        {
            Lose(1, "A frame is longer than a batch.");
            return;
        }

        if (_open is { } open
            && (open.Bytes + _used + bytes > _options.SegmentBytes
                || open.Frames > 0 && frame.Time - open.First > _options.MaximumAge / SegmentsOfAge)) Finish();
        if (!_interfaces.TryGetValue((frame.Source, frame.LinkType), out var number) && !TryName(in frame, out number))
            return;
        if (_used + bytes > _batch.Length && !WriteBatch())
        {
            // The segment went with it: the frame opens the next one.
            Append(in frame);
            return;
        }

        PcapngBlocks.WriteFrame(_batch.AsSpan(_used), number, in frame);
        _used += bytes;
        _batchLastNumber = frame.Number;
        if (_batchFrames++ == 0)
        {
            _batchFirst = _batchLast = frame.Time;
            _batchFirstNumber = frame.Number;
        }

        if (frame.Time < _batchFirst) _batchFirst = frame.Time;
        if (frame.Time > _batchLast) _batchLast = frame.Time;
    }

    /// <summary>Writes what was gathered, so that it survives the process and can be copied.</summary>
    public void Flush()
    {
        if (_used > 0) WriteBatch();
    }

    /// <summary>Time has come so far: what is too old goes, though nothing new comes.</summary>
    public void OnTime(CaptureTime now)
    {
        if (now > _newest) _newest = now;
        MakeRoom();
        if (_open is { Frames: > 0 } open && _newest - open.First > _options.MaximumAge / SegmentsOfAge) Finish();
        Evict();
    }

    /// <summary>What the ring holds. Makes a new record at each call.</summary>
    public TrafficRingReport Report()
    {
        lock (_lock)
        {
            CaptureTime? oldest = null, newest = null;
            long bytes = 0, frames = 0;
            foreach (var segment in _segments)
            {
                bytes += segment.Bytes;
                frames += segment.Frames;
                if (segment.Frames == 0) continue;
                if (oldest is null || segment.First < oldest) oldest = segment.First;
                if (newest is null || segment.Last > newest) newest = segment.Last;
            }

            return new TrafficRingReport(
                _segments.Count, bytes, frames, oldest, newest, _evictedSegments, _evictedFrames, _lostFrames, _tornBytes,
                _lastFault);
        }
    }

    /// <summary>What a ring's folder holds, without opening it: nothing there is changed. What is being written counts
    /// by its bytes alone.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static TrafficRingReport Examine(string folder)
    {
        CaptureTime? oldest = null, newest = null;
        long bytes = 0, frames = 0;
        var count = 0;
        foreach (var file in new DirectoryInfo(folder) is { Exists: true } there ? there.EnumerateFiles() : [])
        {
            if (Segment.Of(file) is not { } segment) continue;
            count++;
            bytes += file.Length;
            frames += segment.Frames;
            if (segment.IsOpen) continue;
            if (oldest is null || segment.First < oldest) oldest = segment.First;
            if (newest is null || segment.Last > newest) newest = segment.Last;
        }

        return new TrafficRingReport(count, bytes, frames, oldest, newest, 0, 0, 0, 0, null);
    }

    /// <summary>Copies the frames of a span of time, of all runs, to a capture of its own (pcapng).</summary>
    /// <param name="from">First moment.</param>
    /// <param name="to">Last moment.</param>
    /// <param name="output">Takes the capture.</param>
    /// <param name="maximumFrames">Where to stop.</param>
    /// <returns>What was copied.</returns>
    /// <remarks>What has not been flushed is not copied. A segment that is evicted meanwhile is left out.</remarks>
    public TrafficCopy Copy(CaptureTime from, CaptureTime to, Stream output, long maximumFrames = long.MaxValue)
    {
        var copy = new CaptureCopy(output, maximumFrames);
        foreach (var part in Parts(segment => segment.Last >= from && segment.First <= to, firstFrame: 0))
            if (!Copy(part, copy, frame => frame.Time >= from && frame.Time <= to, lastFrame: long.MaxValue)) break;
        return copy.Result;
    }

    /// <summary>Copies frames of this run by their numbers to a capture of its own (pcapng).</summary>
    /// <param name="ranges">Ranges of frame numbers, ascending, both ends included.</param>
    /// <param name="output">Takes the capture.</param>
    /// <param name="maximumFrames">Where to stop.</param>
    /// <returns>What was copied.</returns>
    /// <remarks>
    /// As for a span of time. Where frames lie is known to within a batch, so that little else is read.
    /// </remarks>
    public TrafficCopy Copy(
        IReadOnlyList<(long First, long Last)> ranges, Stream output, long maximumFrames = long.MaxValue)
    {
        var copy = new CaptureCopy(output, maximumFrames);
        // Far apart, they are looked up one by one; those in a batch are walked through once.
        for (var i = 0; i < ranges.Count;)
        {
            var end = i + 1;
            while (end < ranges.Count && ranges[end].First - ranges[end - 1].Last < FramesTogether) end++;
            var (first, last, range) = (ranges[i].First, ranges[end - 1].Last, i);
            bool IsWanted(StoredFrame frame)
            {
                // Numbers ascend within a run.
                while (range < end && frame.Number > ranges[range].Last) range++;
                return range < end && frame.Number >= ranges[range].First;
            }

            foreach (var part in Parts(
                segment => segment.IsOfThisRun && segment.LastFrame >= first && segment.FirstFrame <= last, first))
                if (!Copy(part, copy, IsWanted, last)) return copy.Result;
            i = end;
        }

        return copy.Result;
    }

    /// <inheritdoc/>
    public void Dispose() => Finish();

    /// <summary>Copies what is wanted of a part of a segment; false where the copy is as long as it may be.</summary>
    private static bool Copy(Part part, CaptureCopy copy, Func<StoredFrame, bool> isWanted, long lastFrame)
    {
        SegmentReader reader;
        try
        {
            reader = new SegmentReader(part.Path, part.End, part.Start, WindowBytes);
        }
        catch (FileNotFoundException)
        {
            // It was evicted meanwhile.
            return true;
        }

        using (reader)
        {
            copy.BeginPart(part.Interfaces);
            for (var block = reader.Next(); block.Length > 0; block = reader.Next())
            {
                if (PcapngBlocks.IsInterface(block))
                {
                    copy.Name(block);
                    continue;
                }

                if (!PcapngBlocks.TryReadFrame(block, out var frame)) continue;
                if (frame.Number > lastFrame) return true;
                if (isWanted(frame) && !copy.Add(block, frame)) return false;
            }
        }

        return true;
    }

    /// <summary>The parts of segments that are to be walked through.</summary>
    /// <param name="isWanted">Which segments.</param>
    /// <param name="firstFrame">No frame before it is wanted of a segment of this run.</param>
    private List<Part> Parts(Func<Segment, bool> isWanted, long firstFrame)
    {
        lock (_lock)
        {
            List<Part> parts = [];
            foreach (var segment in _segments)
            {
                if (segment.Frames == 0 || !isWanted(segment)) continue;
                var (start, interfaces) = segment.StartOf(firstFrame);
                parts.Add(new Part(segment.Path, start, segment.Bytes, [.. segment.Interfaces.Take(interfaces)]));
            }

            return parts;
        }
    }

    /// <summary>Finds the segments of earlier runs; one that was being written is cut at its tear.</summary>
    private void Recover()
    {
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles().ToList())
        {
            if (Segment.Of(file) is not { } segment) continue;
            _nextOrder = Math.Max(_nextOrder, segment.Order + 1);
            if (!segment.IsOpen || RecoverOpen(segment, file.Length)) _segments.Add(segment);
        }

        _segments.Sort((left, right) => left.Order.CompareTo(right.Order));
        foreach (var segment in _segments)
            if (segment.Last > _newest) _newest = segment.Last;
        Evict();
    }

    private bool RecoverOpen(Segment segment, long length)
    {
        using (var reader = new SegmentReader(segment.Path, length))
        {
            for (var block = reader.Next(); block.Length > 0; block = reader.Next())
                if (PcapngBlocks.TryReadFrame(block, out var frame)) segment.Add(frame.Time);
            segment.Bytes = reader.WholeBytes;
        }

        _tornBytes += length - segment.Bytes;
        if (segment.Frames == 0)
        {
            File.Delete(segment.Path);
            return false;
        }

        using (var file = new FileStream(segment.Path, FileMode.Open, FileAccess.Write)) file.SetLength(segment.Bytes);
        segment.Finish();
        return true;
    }

    /// <summary>Gives an interface its number in the segment at hand; begins one where there is none.</summary>
    private bool TryName(in CapturedFrame frame, out int number)
    {
        number = _interfaces.Count;
        if (number == _options.MaximumInterfaces)
        {
            Lose(1, $"A segment names {number} interfaces at most.");
            return false;
        }

        if (_open is null && !Begin())
        {
            Lose(1, _lastFault);
            return false;
        }

        var name = _nameOf(frame.Source);
        var bytes = PcapngBlocks.InterfaceBytes(name);
        if (_used + bytes > _batch.Length && !WriteBatch()) return TryName(in frame, out number);
        PcapngBlocks.WriteInterface(_batch.AsSpan(_used), frame.LinkType, name);
        lock (_lock) _open!.Interfaces.Add(_batch.AsSpan(_used, bytes).ToArray());
        _used += bytes;
        _interfaces.Add((frame.Source, frame.LinkType), number);
        return true;
    }

    private bool Begin()
    {
        var segment = new Segment(_folder, _nextOrder++) { IsOfThisRun = true };
        try
        {
            _file = new FileStream(
                segment.Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _lastFault = fault.Message;
            return false;
        }

        _open = segment;
        lock (_lock) _segments.Add(segment);
        PcapngBlocks.WriteSection(_batch.AsSpan(_used));
        _used += PcapngBlocks.SectionBytes;
        return true;
    }

    /// <summary>Writes the batch; false where that failed and the segment was given up.</summary>
    private bool WriteBatch()
    {
        var (used, frames, interfaces) = (_used, _batchFrames, _batchInterfaces);
        (_used, _batchFrames, _batchInterfaces) = (0, 0, _interfaces.Count);
        var segment = _open!;
        for (var isLast = false; ; isLast = true)
        {
            try
            {
                _file!.Position = segment.Bytes;
                _file.Write(_batch.AsSpan(0, used));
                break;
            }
            catch (IOException fault)
            {
                // The oldest segment makes room, once; then it is another fault, or somebody else fills the disk.
                if (!isLast && EvictOldest()) continue;
                Lose(frames, fault.Message);
                GiveUp(segment);
                return false;
            }
        }

        lock (_lock)
        {
            if (frames > 0) segment.Index(_batchFirstNumber, _batchLastNumber, interfaces);
            segment.Bytes += used;
            if (frames > 0)
            {
                segment.Add(_batchFirst);
                segment.Add(_batchLast);
                segment.Frames += frames - 2;
            }
        }

        if (frames > 0)
        {
            if (_batchLast > _newest) _newest = _batchLast;
            Volatile.Write(ref _written, _batchLastNumber);
        }

        Evict();
        return true;
    }

    /// <summary>Closes the segment at hand at its last whole batch.</summary>
    private void GiveUp(Segment segment)
    {
        try
        {
            _file!.SetLength(segment.Bytes);
        }
        catch (IOException)
        {
            // It is cut at its tear when the ring is opened again.
        }

        Close(segment);
    }

    private void Finish()
    {
        Flush();
        if (_open is { } open) Close(open);
    }

    private void Close(Segment segment)
    {
        _file!.Dispose();
        _file = null;
        _open = null;
        _interfaces.Clear();
        _batchInterfaces = 0;
        lock (_lock)
        {
            if (segment.Frames == 0)
            {
                File.Delete(segment.Path);
                _segments.Remove(segment);
            }
            else
            {
                segment.Finish();
            }
        }
    }

    /// <summary>
    /// Gives way where the disk is nearly full: the oldest segments go, and nothing new is kept meanwhile.
    /// </summary>
    private void MakeRoom()
    {
        if (_options.MinimumFreeBytes == 0) return;
        try
        {
            while (_options.FreeBytes(_folder) < _options.MinimumFreeBytes)
            {
                if (EvictOldest()) continue;
                _isSuspended = true;
                return;
            }

            _isSuspended = false;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // How full it is cannot be known: writing will tell.
            lock (_lock) _lastFault = fault.Message;
        }
    }

    /// <summary>Deletes what is above the size or the age, the oldest first; never the segment at hand.</summary>
    private void Evict()
    {
        while (true)
        {
            lock (_lock)
            {
                long bytes = _options.BatchBytes;
                foreach (var segment in _segments) bytes += segment.Bytes;
                var isTooOld = _segments.Count > 0 && _segments[0].Frames > 0
                    && _newest - _segments[0].Last > _options.MaximumAge;
                if (bytes <= _options.MaximumBytes && !isTooOld) return;
            }

            if (!EvictOldest()) return;
        }
    }

    private bool EvictOldest()
    {
        lock (_lock)
        {
            if (_segments.Count == 0 || _segments[0].IsOpen) return false;
            var oldest = _segments[0];
            try
            {
                File.Delete(oldest.Path);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                _lastFault = fault.Message;
                return false;
            }

            _segments.RemoveAt(0);
            _evictedSegments++;
            _evictedFrames += oldest.Frames;
            return true;
        }
    }

    private void Lose(long frames, string? why)
    {
        lock (_lock)
        {
            _lostFrames += frames;
            _lastFault = why;
        }
    }

    /// <summary>Bytes of a segment to walk through, and the interfaces named before them.</summary>
    private readonly record struct Part(string Path, long Start, long End, byte[][] Interfaces);
}

/// <summary>What was copied out of a ring.</summary>
/// <param name="Frames">Frames.</param>
/// <param name="Bytes">Bytes of the capture.</param>
/// <param name="First">Time of the earliest; of no meaning without frames.</param>
/// <param name="Last">Time of the latest; of no meaning without frames.</param>
/// <param name="IsCut">Whether there were more than were asked for.</param>
public readonly record struct TrafficCopy(long Frames, long Bytes, CaptureTime First, CaptureTime Last, bool IsCut);
