using System.Security.Cryptography;
using OtGuard.Alerting;
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

/// <summary>A capture that was made of what shows a deviation.</summary>
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
/// then moved, its hash after it. It is never replaced by a shorter one, as a ring that forgets would have it. Not
/// thread-safe; <see cref="EvidenceKeeper"/> gives it a thread beside the one that feeds the ring.
/// </remarks>
public sealed class EvidenceStore
{
    /// <summary>Of the bytes allowed, the share that is left once the oldest files have made room.</summary>
    private const double Thinned = 0.95;

    private readonly string _folder;
    private readonly TrafficRing _ring;
    private readonly EvidenceOptions _options;
    private readonly List<Pending> _pending = [];

    private EvidenceStore(string folder, TrafficRing ring, EvidenceOptions options) =>
        (_folder, _ring, _options) = (folder, ring, options);

    /// <summary>Bytes of all files.</summary>
    public long Bytes { get; private set; }

    /// <summary>Deviations that a file was made of since the store was opened.</summary>
    public long Made { get; private set; }

    /// <summary>Files deleted to keep to <see cref="EvidenceOptions.MaximumBytes"/>.</summary>
    public long Evicted { get; private set; }

    /// <summary>Files that could not be written; <see cref="LastFault"/> says why.</summary>
    public long Failed { get; private set; }

    /// <summary>Why the latest of them could not be written, or null.</summary>
    public string? LastFault { get; private set; }

    /// <summary>Files whose frames after are awaited.</summary>
    public int Waiting => _pending.Count;

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
            if (file.Extension == EvidenceFiles.FreshEnding) file.Delete();
            else store.Bytes += file.Length;
        }

        return store;
    }

    /// <summary>
    /// Keeps what shows a deviation, as far as the ring has written it. Called when it is raised, and again when it
    /// grew.
    /// </summary>
    /// <param name="deviation">Its id: letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="frames">Its frames: ranges, ascending.</param>
    /// <param name="now">The time now, by the capture.</param>
    /// <returns>The file; null where none could be written (<see cref="LastFault"/>).</returns>
    public Evidence? Keep(string deviation, IReadOnlyList<FrameRange> frames, CaptureTime now)
    {
        if (!EvidenceFiles.IsName(deviation))
            throw new ArgumentException($"'{deviation}' cannot be the name of a file.", nameof(deviation));
        _pending.RemoveAll(one => one.Deviation == deviation);
        var pending = new Pending(deviation, Widen(frames), now + _options.Patience);
        var isComplete = IsThere(pending);
        var kept = Write(pending, isComplete);
        if (kept is null) return null;
        if (isComplete) return kept;
        if (_pending.Count == _options.MaximumPending)
        {
            Write(_pending[0], isComplete: true);
            _pending.RemoveAt(0);
        }

        _pending.Add(pending);
        return kept;
    }

    /// <summary>Completes the files whose frames after have come, or are not awaited any more. Called once a second.</summary>
    public void OnTime(CaptureTime now) => _pending.RemoveAll(pending =>
    {
        if (!IsThere(pending) && now < pending.Until) return false;
        Write(pending, isComplete: true);
        return true;
    });

    /// <summary>Completes all files with what there is: the capture ended.</summary>
    public void Finish()
    {
        foreach (var pending in _pending) Write(pending, isComplete: true);
        _pending.Clear();
    }

    private bool IsThere(Pending pending) =>
        pending.Ranges.Count == 0 || _ring.WrittenFrame >= pending.Ranges[^1].Last;

    /// <summary>The ranges with the frames around each; those that then touch are one.</summary>
    private List<(long First, long Last)> Widen(IReadOnlyList<FrameRange> frames)
    {
        List<(long First, long Last)> ranges = [];
        foreach (var (first, last) in frames)
        {
            var from = Math.Max(1, first - _options.Around);
            if (ranges.Count > 0 && from <= ranges[^1].Last + 1) ranges[^1] = (ranges[^1].First, last + _options.Around);
            else ranges.Add((from, last + _options.Around));
        }

        return ranges;
    }

    private Evidence? Write(Pending pending, bool isComplete)
    {
        var path = EvidenceFiles.CaptureOf(_folder, pending.Deviation);
        var hashPath = EvidenceFiles.HashOf(path);
        var fresh = path + EvidenceFiles.FreshEnding;
        try
        {
            TrafficCopy copy;
            string hash;
            using (var file = new FileStream(fresh, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                copy = _ring.Copy(pending.Ranges, file, _options.MaximumFrames);
                file.Flush(flushToDisk: true);
                file.Position = 0;
                hash = Convert.ToHexStringLower(SHA256.HashData(file));
            }

            var before = Length(path);
            if (copy.Bytes < before)
            {
                // The ring has forgotten part of what is kept already.
                File.Delete(fresh);
                return new Evidence(pending.Deviation, path, EvidenceFiles.ReadHash(path) ?? "", copy.Frames, before,
                    isComplete, copy.IsCut);
            }

            Bytes -= before + Length(hashPath);
            if (before == 0) Made++;
            File.Move(fresh, path, overwrite: true);
            File.WriteAllText(hashPath, $"{hash}  {Path.GetFileName(path)}\n");
            Bytes += Length(path) + Length(hashPath);
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

    /// <summary>Deletes the oldest files above the bound, and some more, but not the one just written.</summary>
    private void Evict(string latest)
    {
        if (Bytes <= _options.MaximumBytes) return;
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles("*" + EvidenceFiles.CaptureEnding)
            .Where(file => file.FullName != Path.GetFullPath(latest)).OrderBy(file => file.LastWriteTimeUtc).ToList())
        {
            if (Bytes <= _options.MaximumBytes * Thinned) return;
            var hash = new FileInfo(EvidenceFiles.HashOf(file.FullName));
            Bytes -= file.Length + (hash.Exists ? hash.Length : 0);
            file.Delete();
            hash.Delete();
            Evicted++;
        }
    }

    private sealed record Pending(string Deviation, IReadOnlyList<(long First, long Last)> Ranges, CaptureTime Until);
}
