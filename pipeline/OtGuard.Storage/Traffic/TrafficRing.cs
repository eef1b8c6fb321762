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
/// <see cref="Append"/>, <see cref="Flush"/> and <see cref="OnTime"/> are called by one thread.
/// <see cref="Copy(CaptureTime, CaptureTime, Stream, long)"/> and <see cref="Report"/> may be called by any.
/// </para>
/// </remarks>
public sealed class TrafficRing : IDisposable
{
    /// <summary>A segment holds no more than this part of the age, so that a slow line's traffic goes when it is due.</summary>
    private const int SegmentsOfAge = 16;

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
    private CaptureTime _batchFirst;
    private CaptureTime _batchLast;
    private long _nextOrder;
    private long _evictedSegments;
    private long _evictedFrames;
    private long _lostFrames;
    private long _tornBytes;
    private string? _lastFault;
    private CaptureTime _newest;

    private TrafficRing(string folder, Func<int, string> nameOf, TrafficRingOptions options)
    {
        (_folder, _nameOf, _options) = (folder, nameOf, options);
        _batch = new byte[options.BatchBytes];
    }

    /// <summary>The number of the last frame that was appended.</summary>
    public long LastFrame { get; private set; }

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
        LastFrame = frame.Number;
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
        if (_batchFrames++ == 0) _batchFirst = _batchLast = frame.Time;
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

    /// <summary>Copies the frames of a span of time, of all runs, to a capture of its own (pcapng).</summary>
    /// <param name="from">First moment.</param>
    /// <param name="to">Last moment.</param>
    /// <param name="output">Takes the capture.</param>
    /// <param name="maximumFrames">Where to stop.</param>
    /// <returns>What was copied.</returns>
    /// <remarks>What has not been flushed is not copied. A segment that is evicted meanwhile is left out.</remarks>
    public TrafficCopy Copy(CaptureTime from, CaptureTime to, Stream output, long maximumFrames = long.MaxValue) =>
        Copy(
            Overlapping(segment => segment.Last >= from && segment.First <= to),
            frame => frame.Time >= from && frame.Time <= to, output, maximumFrames);

    /// <summary>Copies frames of this run by their numbers to a capture of its own (pcapng).</summary>
    /// <param name="ranges">Ranges of frame numbers, ascending, both ends included.</param>
    /// <param name="from">No frame of them is older.</param>
    /// <param name="output">Takes the capture.</param>
    /// <param name="maximumFrames">Where to stop.</param>
    /// <returns>What was copied.</returns>
    /// <remarks>As for a span of time.</remarks>
    public TrafficCopy Copy(
        IReadOnlyList<(long First, long Last)> ranges, CaptureTime from, Stream output, long maximumFrames = long.MaxValue)
    {
        var range = 0;
        return Copy(
            Overlapping(segment => segment.IsOfThisRun && segment.Last >= from),
            frame =>
            {
                // Numbers ascend within a run.
                while (range < ranges.Count && frame.Number > ranges[range].Last) range++;
                return range < ranges.Count && frame.Number >= ranges[range].First;
            },
            output,
            maximumFrames);
    }

    /// <inheritdoc/>
    public void Dispose() => Finish();

    private static TrafficCopy Copy(
        List<(string Path, long Bytes)> segments, Func<StoredFrame, bool> isWanted, Stream output, long maximumFrames)
    {
        Span<byte> section = stackalloc byte[PcapngBlocks.SectionBytes];
        PcapngBlocks.WriteSection(section);
        output.Write(section);
        // Interfaces of all segments, each named once.
        Dictionary<string, int> known = [];
        List<int> numbers = [];
        long frames = 0, bytes = section.Length;
        CaptureTime first = default, last = default;
        foreach (var (path, length) in segments)
        {
            SegmentReader reader;
            try
            {
                reader = new SegmentReader(path, length);
            }
            catch (FileNotFoundException)
            {
                // It was evicted meanwhile.
                continue;
            }

            using (reader)
            {
                numbers.Clear();
                for (var block = reader.Next(); block.Length > 0; block = reader.Next())
                {
                    if (PcapngBlocks.IsInterface(block))
                    {
                        var description = Convert.ToHexString(block);
                        if (!known.TryGetValue(description, out var named))
                        {
                            known.Add(description, named = known.Count);
                            output.Write(block);
                            bytes += block.Length;
                        }

                        numbers.Add(named);
                        continue;
                    }

                    if (!PcapngBlocks.TryReadFrame(block, out var frame) || frame.Interface >= numbers.Count || !isWanted(frame))
                        continue;
                    if (frames == maximumFrames) return new TrafficCopy(frames, bytes, first, last, IsCut: true);
                    PcapngBlocks.SetInterface(block, numbers[frame.Interface]);
                    output.Write(block);
                    bytes += block.Length;
                    if (frames == 0 || frame.Time < first) first = frame.Time;
                    if (frames == 0 || frame.Time > last) last = frame.Time;
                    frames++;
                }
            }
        }

        return new TrafficCopy(frames, bytes, first, last, IsCut: false);
    }

    private List<(string Path, long Bytes)> Overlapping(Func<Segment, bool> isWanted)
    {
        lock (_lock)
        {
            return
            [
                .. _segments.Where(segment => segment.Frames > 0 && isWanted(segment))
                    .Select(segment => (segment.Path, segment.Bytes)),
            ];
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
        var (used, frames) = (_used, _batchFrames);
        (_used, _batchFrames) = (0, 0);
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
            segment.Bytes += used;
            if (frames > 0)
            {
                segment.Add(_batchFirst);
                segment.Add(_batchLast);
                segment.Frames += frames - 2;
            }
        }

        if (frames > 0 && _batchLast > _newest) _newest = _batchLast;
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
}

/// <summary>What was copied out of a ring.</summary>
/// <param name="Frames">Frames.</param>
/// <param name="Bytes">Bytes of the capture.</param>
/// <param name="First">Time of the earliest; of no meaning without frames.</param>
/// <param name="Last">Time of the latest; of no meaning without frames.</param>
/// <param name="IsCut">Whether there were more than were asked for.</param>
public readonly record struct TrafficCopy(long Frames, long Bytes, CaptureTime First, CaptureTime Last, bool IsCut);
