using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Files;

namespace OtGuard.Host.Live;

/// <summary>What a run reads: files, or live sources, whichever its names say.</summary>
internal sealed class FrameInput : IDisposable
{
    private readonly CaptureFileSource? _files;
    private readonly LiveInput? _live;

    private FrameInput(CaptureFileSource? files, LiveInput? live) => (_files, _live) = (files, live);

    /// <summary>Whether it goes on until somebody ends it.</summary>
    public bool IsLive => _live is not null;

    /// <summary>Whether no frame will come any more; of use where <see cref="TryRead"/> gave none.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The moment by the clock of the live sources.</summary>
    public CaptureTime Now => _live?.Now ?? default;

    /// <inheritdoc cref="CaptureFileSource.Notices"/>
    public IReadOnlyList<SourceNotice> Notices => _files?.Notices ?? _live!.Notices;

    /// <inheritdoc cref="CaptureFileSource.Files"/>
    public IReadOnlyList<CaptureFileReport> Files => _files?.Files ?? _live!.Files;

    /// <inheritdoc cref="CaptureFileSource.Progress"/>
    public CaptureProgress Progress => _files?.Progress ?? default;

    /// <inheritdoc cref="CaptureFileSource.Label"/>
    public ReadOnlySpan<byte> Label => _files is { } files ? files.Label : default;

    /// <summary>The live sources and what they do on their buses; none for files.</summary>
    public IReadOnlyList<LiveSourceReport> LiveSources => _live?.Sources ?? [];

    /// <summary>Opens files or starts live sources. This is the one place where the host does.</summary>
    /// <exception cref="UnreadableCaptureException">One of the files cannot be read or is no capture.</exception>
    /// <exception cref="LiveSourceException">A live source cannot be started.</exception>
    /// <exception cref="Commands.UsageException">Files and live sources are mixed, or a name is wrong.</exception>
    public static FrameInput Open(IReadOnlyList<string> captures, CaptureFileOptions? options = null) =>
        LiveInput.TryOpen(captures) is { } live ? new FrameInput(null, live) : new FrameInput(CaptureFiles.Open(captures, options), null);

    /// <summary>
    /// The next frame. False at the end, and with live sources also where none came for a tenth of a second
    /// (<see cref="HasEnded"/> tells which).
    /// </summary>
    public bool TryRead(out CapturedFrame frame)
    {
        if (_files is not null)
        {
            if (_files.TryRead(out frame)) return true;
            HasEnded = true;
            return false;
        }

        var read = _live!.Read(out frame);
        HasEnded = read == LiveRead.Ended;
        return read == LiveRead.Frame;
    }

    /// <summary>A token that ends live sources as their end and not as an interruption.</summary>
    public void StopWith(CancellationToken cancellation) => _live?.StopWith(cancellation);

    public void Dispose()
    {
        _files?.Dispose();
        _live?.Dispose();
    }
}
