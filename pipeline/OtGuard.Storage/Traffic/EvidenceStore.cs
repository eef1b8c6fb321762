using System.Security.Cryptography;
using OtGuard.Collectors;

namespace OtGuard.Storage.Traffic;

/// <summary>How much evidence is kept, and of what.</summary>
public sealed record EvidenceOptions
{
    /// <summary>Frames before the first and after each of a deviation's frames. Default 50: an exchange or two of each side.</summary>
    public int Around { get; init; } = 50;

    /// <summary>
    /// Frames of one file. Default 20,000: a scan is proved by its beginning, and a flood must not copy the ring.
    /// </summary>
    public int MaximumFrames { get; init; } = 20_000;

    /// <summary>
    /// How long the frames after a deviation are waited for, by capture time; then the file is complete without them.
    /// Default ten seconds: polls come every few seconds.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Files whose frames after are still awaited; of those beyond, the oldest is completed at once. Default 256.</summary>
    public int MaximumPending { get; init; } = 256;

    /// <summary>Bytes of all files; the oldest make room and are counted. Default 4 GiB.</summary>
    public long MaximumBytes { get; init; } = 4L << 30;
}

/// <summary>A capture with what shows a deviation.</summary>
/// <param name="Deviation">The deviation's id.</param>
/// <param name="Path">The file (pcapng); beside it one with its hash, as <c>sha256sum -c</c> reads it.</param>
/// <param name="Sha256">SHA-256 of the file, hexadecimal, lower case.</param>
/// <param name="Frames">Frames in it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="IsComplete">Whether the frames after are in it, or are not awaited any more.</param>
/// <param name="IsCut">Whether there were more frames than are kept.</param>
public sealed record Evidence(
    string Deviation, string Path, string Sha256, long Frames, long Bytes, bool IsComplete, bool IsCut);

/// <summary>Copies what shows a deviation out of the ring before the ring forgets it: each into a file of its own.</summary>
/// <remarks>
/// A copy is made at once, with the frames before; once enough frames have come after, or are not awaited any more, it is
/// replaced by one that has them too. A file is whole or not there: it is written beside its place, forced to the disk and
/// then moved, its hash after it. Not thread-safe: belongs to the thread that feeds the ring.
/// </remarks>
public sealed class EvidenceStore
{
    private const string CaptureEnding = ".pcapng";
    private const string HashEnding = ".sha256";
    private const string FreshEnding = ".new";

    private readonly string _folder;
    private readonly TrafficRing _ring;
    private readonly EvidenceOptions _options;
    private readonly Queue<Pending> _pending = [];
    private long _bytes;

    private EvidenceStore(string folder, TrafficRing ring, EvidenceOptions options) =>
        (_folder, _ring, _options) = (folder, ring, options);

    /// <summary>Files deleted to keep to <see cref="EvidenceOptions.MaximumBytes"/>.</summary>
    public long Evicted { get; private set; }

    /// <summary>Files that could not be written; <see cref="LastFault"/> says why.</summary>
    public long Failed { get; private set; }

    /// <summary>Why the latest of them could not be written, or null.</summary>
    public string? LastFault { get; private set; }

    /// <summary>Is told of a file that was made, and again when it is complete.</summary>
    public Action<Evidence>? Kept { get; set; }

    /// <summary>Opens a store, and makes its folder where there is none.</summary>
    /// <exception cref="IOException">The folder cannot be made or read.</exception>
    public static EvidenceStore Open(string folder, TrafficRing ring, EvidenceOptions? options = null)
    {
        Directory.CreateDirectory(folder);
        var store = new EvidenceStore(folder, ring, options ?? new EvidenceOptions());
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles().ToList())
        {
            // What was being written when the process before died.
            if (file.Extension == FreshEnding) file.Delete();
            else store._bytes += file.Length;
        }

        return store;
    }

    /// <summary>
    /// Keeps what shows a deviation. Called when it is raised, or grew; a deviation that grew is kept anew.
    /// </summary>
    /// <param name="deviation">Its id: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="frames">Its frames.</param>
    /// <param name="first">Capture time of the first of them.</param>
    /// <param name="now">The time now, by the capture.</param>
    /// <returns>The file; null where none could be written (<see cref="LastFault"/>).</returns>
    public Evidence? Keep(string deviation, FrameRanges frames, CaptureTime first, CaptureTime now)
    {
        if (deviation.Length is 0 or > 128 || !deviation.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw new ArgumentException($"'{deviation}' cannot be the name of a file.", nameof(deviation));
        // Frames before are no older than the ring's age, and the numbers choose among them.
        var pending = new Pending(
            deviation, Widen(frames), new CaptureTime(first.UnixNanoseconds - LookBack), now + _options.Patience);
        var isComplete = pending.Ranges.Count > 0 && _ring.LastFrame >= pending.Ranges[^1].Last;
        var kept = Write(pending, isComplete);
        if (!isComplete && kept is not null)
        {
            if (_pending.Count == _options.MaximumPending) Write(_pending.Dequeue(), isComplete: true);
            _pending.Enqueue(pending);
        }

        return kept;
    }

    /// <summary>Completes the files whose frames after have come, or are not awaited any more. Called once a second.</summary>
    public void OnTime(CaptureTime now)
    {
        for (var i = _pending.Count; i > 0; i--)
        {
            var pending = _pending.Dequeue();
            if (_ring.LastFrame >= pending.Ranges[^1].Last || now >= pending.Until) Write(pending, isComplete: true);
            else _pending.Enqueue(pending);
        }
    }

    /// <summary>Completes all files with what there is: the capture ended.</summary>
    public void Finish()
    {
        while (_pending.TryDequeue(out var pending)) Write(pending, isComplete: true);
    }

    /// <summary>
    /// Farthest that frames before lie back, as a line may be slow: ten minutes. It bounds which segments are walked through.
    /// </summary>
    private const long LookBack = 600 * CaptureTime.NanosecondsPerSecond;

    /// <summary>The ranges with the frames around each; those that then touch are one.</summary>
    private List<(long First, long Last)> Widen(FrameRanges frames)
    {
        List<(long First, long Last)> ranges = [];
        foreach (var (first, last) in frames.Ranges)
        {
            var from = Math.Max(1, first - _options.Around);
            if (ranges.Count > 0 && from <= ranges[^1].Last + 1) ranges[^1] = (ranges[^1].First, last + _options.Around);
            else ranges.Add((from, last + _options.Around));
        }

        return ranges;
    }

    private Evidence? Write(Pending pending, bool isComplete)
    {
        _ring.Flush();
        var path = Path.Combine(_folder, pending.Deviation + CaptureEnding);
        var hashPath = Path.Combine(_folder, pending.Deviation + HashEnding);
        try
        {
            TrafficCopy copy;
            string hash;
            using (var file = new FileStream(path + FreshEnding, FileMode.Create, FileAccess.ReadWrite))
            {
                copy = _ring.Copy(pending.Ranges, pending.From, file, _options.MaximumFrames);
                file.Flush(flushToDisk: true);
                file.Position = 0;
                hash = Convert.ToHexStringLower(SHA256.HashData(file));
            }

            _bytes -= Length(path) + Length(hashPath);
            File.Move(path + FreshEnding, path, overwrite: true);
            File.WriteAllText(hashPath, $"{hash}  {Path.GetFileName(path)}\n");
            _bytes += Length(path) + Length(hashPath);
            Evict(path);
            var evidence = new Evidence(pending.Deviation, path, hash, copy.Frames, copy.Bytes, isComplete, copy.IsCut);
            Kept?.Invoke(evidence);
            return evidence;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Failed++;
            LastFault = fault.Message;
            return null;
        }
    }

    private static long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>Deletes the oldest files above the bound, but not the one just written.</summary>
    private void Evict(string latest)
    {
        if (_bytes <= _options.MaximumBytes) return;
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles("*" + CaptureEnding)
            .Where(file => file.FullName != Path.GetFullPath(latest)).OrderBy(file => file.LastWriteTimeUtc).ToList())
        {
            if (_bytes <= _options.MaximumBytes) return;
            var hash = new FileInfo(Path.ChangeExtension(file.FullName, HashEnding));
            _bytes -= file.Length + (hash.Exists ? hash.Length : 0);
            file.Delete();
            hash.Delete();
            Evicted++;
        }
    }

    private sealed record Pending(
        string Deviation, IReadOnlyList<(long First, long Last)> Ranges, CaptureTime From, CaptureTime Until);
}
