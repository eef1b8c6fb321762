using System.Runtime.CompilerServices;
using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>
/// The time of one bus: capture time without pauses. Where the bus is at rest, the recording has a gap or the clock was
/// set, the time between two frames says nothing about the messages on it.
/// </summary>
internal struct BusClock
{
    /// <summary>A step back by less is the order of two frames in a recorder's buffers, and no clock that was set.</summary>
    private const long ReorderNanoseconds = 1_000_000;

    private readonly long _pause;
    private long _last;
    private bool _runs;

    /// <param name="pauseNanoseconds">From how long a silence of the whole bus counts as a pause.</param>
    internal BusClock(long pauseNanoseconds) => _pause = pauseNanoseconds;

    /// <summary>Nanoseconds the bus was heard for.</summary>
    internal long Now { get; private set; }

    /// <summary>Counts pauses: what was before one and after it is not to be compared.</summary>
    internal int Stretch { get; private set; }

    /// <summary>Moves on to the time of a frame; returns the time since the one before, or -1 after a pause.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal long Advance(long time)
    {
        var step = time - _last;
        if ((ulong)step <= (ulong)_pause && _runs)
        {
            _last = time;
            Now += step;
            return step;
        }

        return Step(time, step);
    }

    private long Step(long time, long step)
    {
        if (_runs && step < 0 && step > -ReorderNanoseconds) return 0;
        _runs = true;
        _last = time;
        Stretch++;
        return -1;
    }
}

/// <summary>The latest times of one message on a bus, for the gap since the last and the span of several.</summary>
internal struct MessageTiming
{
    /// <summary>
    /// Gaps in a span. A power of two; eight cycles even out the jitter of single frames (by √8 where it is independent)
    /// and still notice a changed rate within a tenth of a second for a message of 10 ms.
    /// </summary>
    internal const int SpanGaps = 8;

    private Times _times;
    private int _count;
    private int _stretch;

    /// <summary>
    /// Takes the time of a frame: the gap since the one before, and the time the last <see cref="SpanGaps"/> gaps took; -1
    /// where there are not so many.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal long Observe(in BusClock clock, out long span)
    {
        var now = clock.Now;
        if (_stretch != clock.Stretch)
        {
            _stretch = clock.Stretch;
            _count = 0;
        }

        var count = _count;
        long gap = -1;
        span = -1;
        if (count > 0)
        {
            gap = now - _times[(count - 1) & (SpanGaps - 1)];
            if (count >= SpanGaps) span = now - _times[count & (SpanGaps - 1)];
        }

        _times[count & (SpanGaps - 1)] = now;
        // Wraps to a number that still says "enough" and keeps its place in the ring.
        _count = count + 1 < int.MaxValue ? count + 1 : SpanGaps * 2 - 1;
        return gap;
    }

    [InlineArray(SpanGaps)]
    private struct Times
    {
        private long _first;
    }
}

/// <summary>Counts what a bus carries in one window of its time.</summary>
public static class BusWindow
{
    /// <summary>
    /// Length of a window: a second. A bus that carries its messages at 1 to 100 Hz shows all of them in it, and a flood
    /// is told within two.
    /// </summary>
    public const long Nanoseconds = CaptureTime.NanosecondsPerSecond;
}
