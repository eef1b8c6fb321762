using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Host.Runs;
using OtGuard.Storage.Embedded;

namespace OtGuard.Host.Service;

/// <summary>
/// Takes what was judged out of the feed into the store: deviations by way of the stages, and points.
/// </summary>
internal sealed class StoreIntake(
    Feed feed, AlertPipeline pipeline, IReadOnlyList<ISeriesWriter> series, TimeProvider clock, Action<string> say)
    : IDisposable
{
    /// <summary>
    /// Deviations of one transaction: its flush to the disk is shared, and little is repeated after a crash.
    /// </summary>
    private const int AtOnce = 500;

    /// <summary>Points of one transaction: its log stays well below the store's reserve.</summary>
    private const int PointsAtOnce = 5000;

    /// <summary>How long is waited before a store that takes nothing is tried again.</summary>
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private volatile AlertPipeline _pipeline = pipeline;
    private readonly StageCounters _counters = new("store");
    private readonly LagWindow _lag = new();
    private readonly LagWindow _verdicts = new();
    private readonly CancellationTokenSource _giveUp = new();
    private IntakeResult _sum = new();

    /// <summary>Stored and lost; a copy.</summary>
    public StageHealth Counters
    {
        get
        {
            lock (_gate) return StageHealth.Of(_counters);
        }
    }

    /// <summary>What became of all deviations since the start.</summary>
    public IntakeResult Result
    {
        get
        {
            lock (_gate) return _sum;
        }
    }

    /// <summary>Seconds from the receipt of a frame to the stored deviation that it shows.</summary>
    public LagWindow Lag => _lag;

    /// <summary>Seconds from the receipt of a frame to the verdict that it shows a deviation.</summary>
    public LagWindow Verdicts => _verdicts;

    /// <summary>From the next batch on, deviations go by way of another pipeline into the same store.</summary>
    public void Use(AlertPipeline other) => _pipeline = other;

    /// <summary>Stops trying to store what the store does not take.</summary>
    public void GiveUp() => _giveUp.Cancel();

    public void Dispose() => _giveUp.Dispose();

    /// <summary>Takes deviations until the feed is complete and empty, or it is given up.</summary>
    public async Task RunDeviationsAsync()
    {
        var batch = new List<JudgedDeviation>(AtOnce);
        while (await feed.Deviations.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < AtOnce && feed.Deviations.TryRead(out var deviation)) batch.Add(deviation);
            await StoreAsync(batch);
        }
    }

    /// <summary>Takes points until the feed is complete and empty.</summary>
    public async Task RunSeriesAsync()
    {
        var points = new List<SeriesPoint>();
        while (await feed.Series.WaitToReadAsync())
        {
            // Those that wait share a transaction, so that a file does not wait for the disk at each step.
            points.Clear();
            while (points.Count < PointsAtOnce && feed.Series.TryRead(out var some)) points.AddRange(some);
            foreach (var writer in series)
            {
                try
                {
                    // What there is no room for is counted by the store.
                    await writer.WriteAsync(points, CancellationToken.None);
                }
                catch (Exception fault) when (fault is StoreException or IOException)
                {
                    lock (_gate) _counters.Fail("points-not-stored", points.Count);
                }
            }
        }
    }

    private async Task StoreAsync(List<JudgedDeviation> batch)
    {
        DeviationRecord[] records = [.. batch.Select(judged => judged.Record)];
        lock (_gate) _counters.Received += records.Length;
        for (var attempt = 0; ; attempt++)
        {
            if (_giveUp.IsCancellationRequested)
            {
                lock (_gate) _counters.Drop("store-took-nothing", records.Length);
                return;
            }

            try
            {
                var result = await _pipeline.TakeAsync(records, CancellationToken.None);
                lock (_gate)
                {
                    _counters.Emitted += records.Length;
                    _sum = _sum.Add(result);
                }

                Measure(batch);
                return;
            }
            catch (Exception fault) when (fault is StoreFullException or StoreException or IOException)
            {
                lock (_gate) _counters.Fail("store-refused");
                if (attempt == 0) say($"The store takes nothing: {fault.Message} It is tried again each second.");
                await Task.Delay(TryAgain, clock, _giveUp.Token).ContinueWith(
                    static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private void Measure(List<JudgedDeviation> batch)
    {
        var now = Moments.Now(clock);
        foreach (var judged in batch)
        {
            if (judged.Evidence is not { } evidence || judged.Record.State != Models.DeviationState.Open) continue;
            var total = (now - evidence).TotalSeconds;
            _lag.Add(total);
            _verdicts.Add(total - clock.GetElapsedTime(judged.JudgedAt).TotalSeconds);
        }
    }
}

/// <summary>The last thousand waits, for their quantiles. Thread-safe.</summary>
internal sealed class LagWindow
{
    private const int Kept = 1024;

    private readonly Lock _gate = new();
    private readonly double[] _seconds = new double[Kept];
    private long _count;

    /// <summary>How many were measured.</summary>
    public long Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    public void Add(double seconds)
    {
        lock (_gate) _seconds[_count++ % Kept] = Math.Max(0, seconds);
    }

    /// <summary>A quantile of those kept, in seconds; null before the first.</summary>
    public double? Quantile(double share)
    {
        lock (_gate)
        {
            if (_count == 0) return null;
            var kept = _seconds.AsSpan(0, (int)Math.Min(_count, Kept)).ToArray();
            Array.Sort(kept);
            return kept[(int)Math.Ceiling(share * kept.Length) - 1];
        }
    }
}
