using OtGuard.Collectors;

namespace OtGuard.Models.Rhythm;

/// <summary>
/// The time on which the capture carried something: capture time, with what no observation and no tick came in counted for
/// no more than the longest silence that is possible. A clock that is set, a recorder that stops, a mirror port that is down
/// make no poll late.
/// </summary>
internal struct CaptureLife(long longestStep)
{
    /// <summary>
    /// A step back by less is the order of exchanges in a decoder, which tells of them when they end; by more, the clock was
    /// set. A second: answers that take longer are told as unanswered.
    /// </summary>
    private const long Reordered = CaptureTime.NanosecondsPerSecond;

    /// <summary>What is told when a time-out is over lies no farther back than this: longer than decoders wait.</summary>
    private const long ToldLate = 120 * CaptureTime.NanosecondsPerSecond;

    private long _last;
    private bool _runs;

    /// <summary>Nanoseconds so far.</summary>
    public long Now { get; private set; }

    /// <summary>
    /// Moves on to a time and returns its place, which lies before <see cref="Now"/> where it is told late: so is a request
    /// whose answer nobody saw.
    /// </summary>
    public long MoveTo(long time, bool isLate)
    {
        if (!_runs)
        {
            (_runs, _last) = (true, time);
            return Now;
        }

        var step = time - _last;
        if (step > 0)
        {
            Now += Math.Min(step, longestStep);
            _last = time;
            return Now;
        }

        if (step > (isLate ? -ToldLate : -Reordered)) return Now + step;
        _last = time;
        return Now;
    }

    /// <summary>What follows does not continue what came before.</summary>
    public void Stop() => _runs = false;
}

/// <summary>
/// The time on which somebody was alive: that of the capture, with its own silences counted for no more than three times the
/// longest learned, until they last longer than a restart may, or end on a connection that outlived them. So a device that
/// is away for a while misses no polls, and one that is left alone does.
/// </summary>
internal struct PlaceLife
{
    /// <summary>
    /// How long a device that restarts, or whose spare is put in its place, may be away. Five minutes: controllers start in one
    /// or two, and what takes longer is worth a look.
    /// </summary>
    public const long Restart = 300 * CaptureTime.NanosecondsPerSecond;

    private long _heard;
    private long _lost;
    private bool _isHeard;

    /// <summary>
    /// Somebody was heard; <paramref name="goesOn"/> where on a connection that outlived the silence, which no restart does.
    /// </summary>
    public void Hear(long now, long longestSilence, bool goesOn)
    {
        if (_isHeard && now > _heard && !goesOn) _lost += Uncounted(now - _heard, longestSilence);
        if (now > _heard || !_isHeard) _heard = now;
        _isHeard = true;
    }

    /// <summary>How long nothing has been heard.</summary>
    public readonly long SilenceAt(long now) => _isHeard ? now - _heard : 0;

    /// <summary>A place on the capture's time, which is not before the latest that was heard, as one on its own.</summary>
    public readonly long At(long place) => place - _lost;

    /// <summary>Its time now.</summary>
    public readonly long Now(long now, long longestSilence) =>
        now - _lost - (_isHeard ? Uncounted(now - _heard, longestSilence) : 0);

    private static long Uncounted(long silence, long longest) =>
        silence <= longest || silence > Restart ? 0 : silence - longest;
}
