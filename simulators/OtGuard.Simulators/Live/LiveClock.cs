namespace OtGuard.Simulators.Live;

/// <summary>The site's time as it runs beside the true one, as fast or faster.</summary>
/// <param name="time">The true time.</param>
/// <param name="start">Where the site's time begins, in nanoseconds since 1970.</param>
/// <param name="speed">Seconds of the site in a true second; above 0.</param>
internal sealed class LiveClock(TimeProvider time, long start, double speed)
{
    // A timer is no finer than a millisecond, and what is due sooner waits for its neighbours.
    private static readonly TimeSpan Finest = TimeSpan.FromMilliseconds(1);

    private readonly long _begun = time.GetTimestamp();
    private readonly long _begunAt = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    /// <summary>The site's time in nanoseconds since 1970.</summary>
    public long Now => start + (long)(time.GetElapsedTime(_begun).Ticks * 100 * speed);

    /// <summary>The true time at a moment of the site, in nanoseconds since 1970.</summary>
    public long TrueTime(long moment) => _begunAt + (long)((moment - start) / speed);

    /// <summary>A span of the site in true time.</summary>
    public TimeSpan TrueSpan(TimeSpan span) => span / speed;

    /// <summary>Waits until a moment of the site, or until cancelled.</summary>
    public async Task WaitUntilAsync(long moment, CancellationToken stop)
    {
        var left = TimeSpan.FromTicks((long)((moment - Now) / speed / 100));
        await WaitAsync(left > Finest ? left : Finest, stop);
    }

    /// <summary>Waits for a true time, or until cancelled; never throws.</summary>
    public async Task WaitAsync(TimeSpan span, CancellationToken stop) =>
        await Task.Delay(span, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
