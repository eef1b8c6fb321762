using OtGuard.Collectors.Capture.Files;

namespace OtGuard.Collectors.Capture.Live;

/// <summary>Frames of a folder into which a recorder writes capture files one after the other.</summary>
/// <remarks>
/// <para>
/// A file is read when it is finished: when a newer one has been begun and it did not change between two looks, or when it
/// has not changed for <see cref="DirectoryOptions.Settle"/>. Files are read by the time of their last write, each once;
/// one that grows after all is read on from where it ended. Hidden files and folders are left alone.
/// </para>
/// <para>
/// With <see cref="DirectoryOptions.State"/> a later run goes on behind the last frame: progress is written once a second
/// and at the end, so that a run that is killed hands out the frames of a second twice and loses none.
/// </para>
/// <para>Time is that of the frames. Not thread-safe. Nothing is allocated per frame.</para>
/// </remarks>
public sealed class DirectorySource : ILiveFrameSource
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    /// <summary>Frames between two looks at the clock while a file is read: below a millisecond of work.</summary>
    private const int SaveFrames = 8192;

    private readonly string _folder;
    private readonly DirectoryOptions _options;
    private readonly List<SourceNotice> _notices = [];
    private readonly Queue<FileInfo> _finished = [];
    private readonly Dictionary<string, ReadFile> _read = [];
    private Dictionary<string, (long Bytes, DateTime Modified)> _seen = [];
    private CaptureFileSource? _file;
    private ReadFile? _current;
    private long _toSkip;
    private long _noticesBeyond;
    private long _frames;
    private long _bytes;
    private long _lost;
    private long _filesRead;
    private long _lookedAt;
    private long _savedAt;
    private bool _saidBeyond;
    private bool _isStale;
    private LinkType _linkType;
    private CaptureTime _first;
    private CaptureTime _last;

    private DirectorySource(string folder, DirectoryOptions options)
    {
        _folder = folder;
        _options = options;
        if (options.State is not { } state) return;
        foreach (var file in DirectoryState.Load(state)) _read[file.Name] = file;
    }

    /// <inheritdoc/>
    public IReadOnlyList<SourceNotice> Notices => _noticesBeyond == 0
        ? _notices
        : [.. _notices, new SourceNotice(_folder, -1, _frames, $"{_noticesBeyond} more notices were left out.")];

    /// <summary>The time of the last frame: what is read lies in the past.</summary>
    public CaptureTime Now => _last;

    /// <summary>Starts to watch a folder.</summary>
    /// <exception cref="LiveSourceException">There is no such folder, or the state is none.</exception>
    public static DirectorySource Open(string folder, DirectoryOptions options)
    {
        if (!Directory.Exists(folder)) throw new LiveSourceException($"There is no folder '{folder}' to watch.");
        if (options.State is { } state && Path.GetDirectoryName(Path.GetFullPath(state)) is { } place
            && !Directory.Exists(place))
            throw new LiveSourceException($"There is no folder '{place}' for the state of what was read.");
        return new DirectorySource(folder, options);
    }

    /// <inheritdoc/>
    public bool TryRead(out CapturedFrame frame)
    {
        LiveRead read;
        do read = Read(Slice, out frame);
        while (read == LiveRead.Quiet);
        return read == LiveRead.Frame;
    }

    /// <inheritdoc/>
    public LiveRead Read(TimeSpan wait, out CapturedFrame frame)
    {
        frame = default;
        var started = _options.Time.GetTimestamp();
        while (!_options.Stop.IsCancellationRequested)
        {
            if (TryTake(out frame)) return LiveRead.Frame;
            if (OpenNext()) continue;
            Save(atOnce: false);
            var left = wait - _options.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return LiveRead.Quiet;
            _options.Stop.WaitHandle.WaitOne(left < Slice ? left : Slice);
        }

        return LiveRead.Ended;
    }

    /// <inheritdoc/>
    public LiveSourceReport Report() => new(
        _folder, "folder", _linkType, "the recorder's", "is only read: nothing in it is changed", false, _frames, _bytes, 0,
        _lost, _frames == 0 ? null : _first, _frames == 0 ? null : _last)
    {
        FilesRead = _filesRead,
        Losses = [new LiveLoss("the recorder lost them", _lost)],
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseFile(isRead: false);
        Save(atOnce: true);
    }

    private bool TryTake(out CapturedFrame frame)
    {
        while (_file is not null)
        {
            if (!_file.TryRead(out frame))
            {
                CloseFile(isRead: true);
                Save(atOnce: true);
                return false;
            }

            if (_toSkip > 0)
            {
                _toSkip--;
                continue;
            }

            _current = _current! with { Frames = _current.Frames + 1 };
            _isStale = true;
            _last = frame.Time;
            if (_frames++ == 0) (_first, _linkType) = (_last, frame.LinkType);
            _bytes += frame.Data.Length;
            frame = new CapturedFrame(
                frame.Time, frame.LinkType, frame.Source, _frames, frame.Data, frame.OriginalLength, frame.Bus);
            if (_frames % SaveFrames == 0) Save(atOnce: false);
            return true;
        }

        frame = default;
        return false;
    }

    private bool OpenNext()
    {
        if (_finished.Count == 0) Look();
        while (_finished.TryDequeue(out var file))
        {
            try
            {
                file.Refresh();
                var known = _read.TryGetValue(file.Name, out var before) && before.Begins(file) ? before : null;
                _current = ReadFile.Of(file) with { Frames = known?.Frames ?? 0 };
                _toSkip = _current.Frames;
                if (known is { IsRead: true })
                    Note($"'{file.Name}' went on after it was taken for finished; it is read on.");
                _file = CaptureFiles.Open([file.FullName]);
                return true;
            }
            catch (Exception fault) when (fault is UnreadableCaptureException or IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or no capture. It is not looked at again unless it changes.
                if (file.Exists && _current is { } current && current.Name == file.Name)
                    _read[file.Name] = current with { IsRead = true };
                _current = null;
                _isStale = true;
                Note(fault.Message);
            }
        }

        return false;
    }

    /// <summary>Finds the files that are finished and not read, in the order of their last write.</summary>
    private void Look()
    {
        if (_lookedAt != 0 && _options.Time.GetElapsedTime(_lookedAt) < _options.Interval) return;
        _lookedAt = _options.Time.GetTimestamp();
        List<FileInfo> files;
        try
        {
            var state = _options.State is { } path ? Path.GetFullPath(path) : null;
            files =
            [
                .. new DirectoryInfo(_folder).EnumerateFiles()
                    .Where(file => file.Name[0] != '.' && file.FullName != state && file.FullName != state + ".new")
                    .OrderBy(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal),
            ];
        }
        catch (IOException fault)
        {
            // A share that is away for a while; the folder is looked at again.
            if (_notices.Count == 0 || _notices[^1].Text != fault.Message) Note(fault.Message);
            return;
        }

        if (files.Count > _options.MaximumFiles)
        {
            if (!_saidBeyond) Note($"The folder holds {files.Count} files; the oldest {_options.MaximumFiles} are looked at.");
            _saidBeyond = true;
            files.RemoveRange(_options.MaximumFiles, files.Count - _options.MaximumFiles);
        }

        var now = _options.Time.GetUtcNow().UtcDateTime;
        Dictionary<string, (long, DateTime)> seen = [];
        foreach (var file in files) seen[file.Name] = (file.Length, file.LastWriteTimeUtc);
        foreach (var (at, file) in files.Index())
        {
            var state = (file.Length, file.LastWriteTimeUtc);
            if (_read.TryGetValue(file.Name, out var read) && read.IsRead && read.Bytes == state.Length
                && read.Modified == state.LastWriteTimeUtc.Ticks) continue;
            var isStill = _seen.TryGetValue(file.Name, out var before) && before == state;
            var isFollowed = at < files.Count - 1;
            if (now - state.LastWriteTimeUtc >= _options.Settle || isFollowed && isStill) _finished.Enqueue(file);
            // Order is kept: what comes behind a file that is being written waits for it.
            else break;
        }

        // Of files that are gone nothing need be known.
        foreach (var name in _read.Keys.Where(name => !seen.ContainsKey(name)).ToList())
        {
            _read.Remove(name);
            _isStale = true;
        }

        _seen = seen;
    }

    private void CloseFile(bool isRead)
    {
        if (_file is not { } file || _current is not { } current) return;
        _read[current.Name] = current with { IsRead = isRead };
        _isStale = true;
        if (isRead) _filesRead++;
        foreach (var report in file.Files) _lost += report.LostFrames;
        foreach (var notice in file.Notices)
        {
            if (_notices.Count < _options.MaximumNotices) _notices.Add(notice);
            else _noticesBeyond++;
        }

        file.Dispose();
        (_file, _current) = (null, null);
    }

    private void Save(bool atOnce)
    {
        if (_options.State is not { } state || !_isStale) return;
        if (!atOnce && _savedAt != 0 && _options.Time.GetElapsedTime(_savedAt) < _options.Interval) return;
        _savedAt = _options.Time.GetTimestamp();
        try
        {
            DirectoryState.Save(
                state,
                _current is { } current
                    ? [.. _read.Values.Where(file => file.Name != current.Name), current]
                    : _read.Values);
            _isStale = false;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (_notices.Count == 0 || _notices[^1].Text != fault.Message) Note(fault.Message);
        }
    }

    private void Note(string text)
    {
        if (_notices.Count < _options.MaximumNotices) _notices.Add(new SourceNotice(_folder, -1, _frames, text));
        else _noticesBeyond++;
    }
}
