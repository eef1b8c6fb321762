using System.Threading.Channels;
using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Storage.Traffic;

/// <summary>What was kept as evidence, and what was not.</summary>
/// <param name="Made">Deviations that a file was made of since the start.</param>
/// <param name="Bytes">Bytes of all files, those of earlier runs included.</param>
/// <param name="Waiting">Requests that wait, and files whose frames after are awaited.</param>
/// <param name="Refused">Requests there was no room for: their deviations have no file, or not all of their
/// frames.</param>
/// <param name="Failed">Files that could not be written.</param>
/// <param name="Evicted">Files deleted to keep to the size.</param>
/// <param name="LastFault">Why the latest file could not be written, or null.</param>
public sealed record EvidenceReport(
    long Made, long Bytes, int Waiting, long Refused, long Failed, long Evicted, string? LastFault);

/// <summary>
/// Gives an <see cref="EvidenceStore"/> a thread of its own, so that whoever reads frames never waits for a disk to
/// confirm that a file lies on it.
/// </summary>
/// <remarks>
/// Requests are bounded. Where there is no room, new deviations come before ones that grew, which find only half of it;
/// what is refused is counted. <see cref="TryKeep"/>, <see cref="OnTime"/> and <see cref="Finish"/> are called by one
/// thread, <see cref="Report"/> by any.
/// </remarks>
public sealed class EvidenceKeeper : IDisposable
{
    /// <summary>Requests that may wait: some seconds of a disk that confirms a few hundred files a second.</summary>
    private const int Capacity = 1024;

    private readonly EvidenceStore _store;
    private readonly Channel<Request> _requests;
    private readonly Task _working;
    private long _refused;
    private volatile EvidenceReport _report;

    /// <summary>Starts the thread.</summary>
    /// <param name="store">The store; from now on it belongs to that thread.</param>
    public EvidenceKeeper(EvidenceStore store)
    {
        _store = store;
        _requests = Channel.CreateBounded<Request>(
            new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
        _report = ReportOf();
        _working = Task.Factory.StartNew(
            Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What was kept; as of the last file.</summary>
    public EvidenceReport Report =>
        _report with { Waiting = _report.Waiting + _requests.Reader.Count, Refused = Interlocked.Read(ref _refused) };

    /// <summary>Asks for what shows a deviation to be kept; the ring has been flushed.</summary>
    /// <param name="deviation">The deviation.</param>
    /// <param name="now">The time now, by the capture.</param>
    /// <param name="isNew">Whether it has been raised just now.</param>
    /// <param name="wait">Whether room is waited for: true where frames can wait.</param>
    /// <returns>False where there was no room, which is counted.</returns>
    public bool TryKeep(DeviationRecord deviation, CaptureTime now, bool isNew, bool wait)
    {
        var request = new Request(deviation.Id, deviation.Frames, now);
        if ((isNew || wait || _requests.Reader.Count < Capacity / 2) && _requests.Writer.TryWrite(request)) return true;
        while (wait && _requests.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            if (_requests.Writer.TryWrite(request)) return true;
        Interlocked.Increment(ref _refused);
        return false;
    }

    /// <summary>Time has come so far. Called about once a second, after the ring was flushed.</summary>
    public void OnTime(CaptureTime now) => _requests.Writer.TryWrite(new Request(null, [], now));

    /// <summary>Keeps what was asked for with the frames there are, and ends. The ring is closed before.</summary>
    public void Finish()
    {
        _requests.Writer.TryComplete();
        _working.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => Finish();

    private void Work()
    {
        while (_requests.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_requests.Reader.TryRead(out var request))
            {
                if (request.Deviation is { } deviation) _store.Keep(deviation, request.Frames, request.Now);
                else _store.OnTime(request.Now);
                _report = ReportOf();
            }
        }

        _store.Finish();
        _report = ReportOf();
    }

    private EvidenceReport ReportOf() => new(
        _store.Made, _store.Bytes, _store.Waiting, 0, _store.Failed, _store.Evicted, _store.LastFault);

    private readonly record struct Request(string? Deviation, IReadOnlyList<FrameRange> Frames, CaptureTime Now);
}
