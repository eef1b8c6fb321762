using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Host.Configuration;
using OtGuard.Storage.Traffic;

namespace OtGuard.Host.Service;

/// <summary>What is kept of a source's traffic, as of a moment.</summary>
/// <param name="Ring">The recent traffic.</param>
/// <param name="Age">How far back it reaches; null without any.</param>
/// <param name="Evidence">What was kept of deviations.</param>
/// <param name="Fault">Why nothing can be kept, or null.</param>
internal sealed record TrafficHealth(TrafficRingReport? Ring, TimeSpan? Age, EvidenceReport? Evidence, string? Fault);

/// <summary>
/// Keeps the traffic of one pass over a source, and what shows its deviations. All but <see cref="Health"/> belongs to
/// the thread that reads.
/// </summary>
internal sealed class TrafficRecorder : IDisposable
{
    /// <summary>How often what was gathered is written, though it fills no batch: what a crash may cost.</summary>
    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a deviation that grows has its evidence made anew: what goes on for longer has been shown.
    /// </summary>
    private static readonly TimeSpan GrowsFor = TimeSpan.FromMinutes(10);

    private readonly TrafficRing? _ring;
    private readonly EvidenceKeeper? _evidence;
    private readonly string? _fault;
    private readonly bool _isLive;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, FrameRange> _kept = new(StringComparer.Ordinal);
    private long _flushedAt;
    private bool _isFlushed;

    /// <summary>
    /// Opens ring and evidence of a source; where that fails, judging goes on and the fault is shown.
    /// </summary>
    /// <param name="traffic">How much traffic is kept.</param>
    /// <param name="evidence">How much evidence is kept.</param>
    /// <param name="source">The source's name.</param>
    /// <param name="nameOf">The name of an interface by its number.</param>
    /// <param name="isLive">Whether frames come whether anybody is ready for them or not.</param>
    /// <param name="clock">This machine's clock.</param>
    public TrafficRecorder(
        TrafficSettings traffic, EvidenceSettings evidence, string source, Func<int, string> nameOf, bool isLive,
        TimeProvider clock)
    {
        (_isLive, _clock) = (isLive, clock);
        try
        {
            _ring = TrafficRing.Open(Path.Combine(traffic.Folder!, source), nameOf, traffic.Ring);
            _evidence = new EvidenceKeeper(
                EvidenceStore.Open(Path.Combine(evidence.Folder!, source), _ring, evidence.Options));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _ring?.Dispose();
            _ring = null;
            _fault = fault.Message;
        }
    }

    /// <summary>What is kept. Of use from any thread.</summary>
    public TrafficHealth Health
    {
        get
        {
            var ring = _ring?.Report();
            return new TrafficHealth(ring, ring?.Age, _evidence?.Report, _fault);
        }
    }

    /// <summary>Takes a frame.</summary>
    public void Take(in CapturedFrame frame)
    {
        _isFlushed = false;
        _ring?.Append(in frame);
    }

    /// <summary>A deviation was raised, has grown or is over: what shows it is kept.</summary>
    public void Keep(DeviationRecord deviation, CaptureTime now)
    {
        if (_evidence is null || deviation.Frames.Count == 0) return;
        var isNew = !_kept.TryGetValue(deviation.Id, out var shown);
        var isOver = deviation.State == Models.DeviationState.Close;
        if (isOver) _kept.Remove(deviation.Id);
        // A set of ranges that is full does not grow any more, and its last range tells.
        if (!isNew && (shown == deviation.Frames[^1] || deviation.LastSeen - deviation.FirstSeen > GrowsFor)) return;
        Flush();
        if (_evidence.TryKeep(deviation, now, isNew, wait: !_isLive) && !isOver) _kept[deviation.Id] = deviation.Frames[^1];
    }

    /// <summary>Called between frames, with how far time has come.</summary>
    public void OnTurn(CaptureTime now)
    {
        if (_ring is null || _clock.GetElapsedTime(_flushedAt) < FlushEvery) return;
        _flushedAt = _clock.GetTimestamp();
        Flush();
        _ring.OnTime(now);
        _evidence!.OnTime(now);
    }

    /// <summary>Keeps what there is; the source ended.</summary>
    public void Dispose()
    {
        _ring?.Dispose();
        _evidence?.Dispose();
    }

    private void Flush()
    {
        if (_isFlushed) return;
        _ring!.Flush();
        _isFlushed = true;
    }
}
