using System.Threading.Channels;
using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Host.Service;

/// <summary>A deviation on its way to the store.</summary>
/// <param name="Record">Its state.</param>
/// <param name="JudgedAt">When the judging thread handed it on, by the clock's time stamp.</param>
/// <param name="Evidence">Capture time of the evidence, where it came over a wire now; null from files.</param>
internal readonly record struct JudgedDeviation(DeviationRecord Record, long JudgedAt, CaptureTime? Evidence);

/// <summary>
/// What lies between the threads that judge and the store: deviations, and points of series. Both bounded. Deviations
/// are never dropped: whoever finds no room keeps them and offers their latest state again. Points are, and are
/// counted. Thread-safe.
/// </summary>
internal sealed class Feed
{
    private readonly Channel<JudgedDeviation> _deviations;
    private readonly Channel<IReadOnlyList<SeriesPoint>> _series;
    private int _alarms;
    private long _offered;
    private long _deferred;
    private long _points;
    private long _pointsDropped;

    public Feed(int capacity, int seriesCapacity)
    {
        _deviations = Channel.CreateBounded<JudgedDeviation>(
            new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _series = Channel.CreateBounded<IReadOnlyList<SeriesPoint>>(
            new BoundedChannelOptions(seriesCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    }

    /// <summary>Deviations for the store.</summary>
    public ChannelReader<JudgedDeviation> Deviations => _deviations.Reader;

    /// <summary>Points for the store.</summary>
    public ChannelReader<IReadOnlyList<SeriesPoint>> Series => _series.Reader;

    /// <summary>States of deviations handed on.</summary>
    public long Offered => Interlocked.Read(ref _offered);

    /// <summary>Whether any was more than information.</summary>
    public bool HasAlarms => Volatile.Read(ref _alarms) != 0;

    /// <summary>How often a live source found no room and kept what it had for later.</summary>
    public long Deferred => Interlocked.Read(ref _deferred);

    /// <summary>Deviations that wait for the store.</summary>
    public int Waiting => _deviations.Reader.Count;

    /// <summary>Points handed on.</summary>
    public long Points => Interlocked.Read(ref _points);

    /// <summary>Points dropped because the store was behind.</summary>
    public long PointsDropped => Interlocked.Read(ref _pointsDropped);

    /// <summary>Hands on a deviation; false where there is no room now.</summary>
    public bool TryOffer(JudgedDeviation deviation)
    {
        if (_deviations.Writer.TryWrite(deviation))
        {
            Interlocked.Increment(ref _offered);
            if (!deviation.Record.IsInformation) Volatile.Write(ref _alarms, 1);
            return true;
        }

        Interlocked.Increment(ref _deferred);
        return false;
    }

    /// <summary>
    /// Hands on a deviation, and waits for room: for files, which wait in turn, and for the end of a source.
    /// </summary>
    /// <returns>False where the store takes no more: the service has given it up.</returns>
    public bool Offer(JudgedDeviation deviation)
    {
        if (TryOffer(deviation)) return true;
        while (_deviations.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            if (TryOffer(deviation)) return true;
        return false;
    }

    /// <summary>Hands on points; where there is no room, waits for it or drops them.</summary>
    public void Offer(IReadOnlyList<SeriesPoint> points, bool wait)
    {
        if (points.Count == 0) return;
        while (wait && !_series.Writer.TryWrite(points))
            if (!_series.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult()) wait = false;
        if (wait)
        {
            Interlocked.Add(ref _points, points.Count);
            return;
        }

        if (_series.Writer.TryWrite(points)) Interlocked.Add(ref _points, points.Count);
        else Interlocked.Add(ref _pointsDropped, points.Count);
    }

    /// <summary>Nothing more comes; what is there is still taken.</summary>
    public void Complete()
    {
        _deviations.Writer.TryComplete();
        _series.Writer.TryComplete();
    }
}
