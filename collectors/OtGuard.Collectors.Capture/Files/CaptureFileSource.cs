using System.Diagnostics.CodeAnalysis;

namespace OtGuard.Collectors.Capture.Files;

/// <summary>
/// Files read as one stream in the order given. Frame numbers run on; sources are numbered over all files. Reading
/// allocates nothing per frame and copies none but those that lie across the end of the window.
/// </summary>
/// <remarks>Not thread-safe, except that <see cref="Progress"/> may be looked at from another thread.</remarks>
public sealed class CaptureFileSource : IFrameSource
{
    private readonly IReadOnlyList<CaptureInput> _inputs;
    private readonly FrameReader?[] _readers;
    private readonly CaptureFileOptions _options;
    private readonly NoticeList _notices;
    private readonly long? _totalBytes;
    private byte[]? _buffer;
    private FrameReader? _reader;
    private ByteWindow? _window;
    private int _opened;
    private readonly SourceNumbers _sources = new();
    private long _lastFrame;
    private long _finishedBytes;

    internal CaptureFileSource(IReadOnlyList<CaptureInput> inputs, CaptureFileOptions options)
    {
        _inputs = inputs;
        _options = options;
        _readers = new FrameReader?[inputs.Count];
        _notices = new NoticeList(options.MaximumNotices);
        _totalBytes = inputs.Any(input => input.FileBytes is null) ? null : inputs.Sum(input => input.FileBytes);
    }

    /// <inheritdoc/>
    public IReadOnlyList<SourceNotice> Notices => _notices.Items;

    /// <summary>How far the reading has come.</summary>
    public CaptureProgress Progress => new(
        Interlocked.Read(ref _finishedBytes) + (Volatile.Read(ref _window)?.Source.RawBytes ?? 0), _totalBytes);

    /// <summary>What was found so far, a report for each file. Makes a new list at each call.</summary>
    public IReadOnlyList<CaptureFileReport> Files =>
    [
        .. _inputs.Select((input, index) => new CaptureFileReport(
            input.Name,
            input.Format.Name,
            input.Compressed,
            input.FileBytes,
            _readers[index]?.SkippedBytes ?? 0,
            _readers[index]?.SkippedFrames ?? 0,
            _readers[index]?.TimeSteps ?? 0,
            _readers[index]?.IsFinished ?? false,
            [.. _readers[index]?.Interfaces.Select(counter => counter.Report()) ?? []])),
    ];

    /// <summary>
    /// The label of the frame handed out last, as the file's label column has it; empty where the file has none. Valid until
    /// the next frame.
    /// </summary>
    public ReadOnlySpan<byte> Label => _reader is { } reader ? reader.Label : default;

    /// <inheritdoc/>
    public bool TryRead(out CapturedFrame frame) =>
        _reader is { } reader && reader.TryRead(out frame) || TryReadNextFile(out frame);

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader = null;
        foreach (var input in _inputs) input.Dispose();
    }

    private bool TryReadNextFile(out CapturedFrame frame)
    {
        while (true)
        {
            var before = _reader?.PreviousTime ?? long.MinValue;
            FinishFile();
            if (!OpenNextFile())
            {
                frame = default;
                return false;
            }

            if (!_reader.TryRead(out frame)) continue;
            if (frame.Time.UnixNanoseconds < before)
                _notices.Add(_inputs[_opened - 1].Name, -1, frame.Number,
                    $"The file begins {(before - (double)frame.Time.UnixNanoseconds) / 1e9:0.000000###} s before the end of the one in front of it; are the files in the right order?");
            return true;
        }
    }

    private void FinishFile()
    {
        if (_reader is null) return;
        _reader.Finish();
        _lastFrame = _reader.LastFrame;
        _reader = null;
        _buffer = _window!.Bytes;
        CloseWindow();
    }

    [MemberNotNullWhen(true, nameof(_reader))]
    private bool OpenNextFile()
    {
        while (_opened < _inputs.Count)
        {
            var index = _opened++;
            var input = _inputs[index];
            try
            {
                var window = input.Open(_buffer ?? CaptureInput.NewBuffer(_options), _options);
                Volatile.Write(ref _window, window);
                _reader = input.Format.Open(
                    new ReaderContext(input.Name, window, _notices, _options, _lastFrame, _sources));
                _readers[index] = _reader;
                return true;
            }
            catch (UnreadableCaptureException fault)
            {
                _notices.Add(input.Name, -1, _lastFrame, $"The file was left out: {fault.Message}");
            }
        }

        return false;
    }

    private void CloseWindow()
    {
        Interlocked.Add(ref _finishedBytes, _window!.Source.RawBytes);
        Volatile.Write(ref _window, null);
        _inputs[_opened - 1].Dispose();
    }
}
