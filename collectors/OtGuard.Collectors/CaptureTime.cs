using System.Globalization;

namespace OtGuard.Collectors;

/// <summary>
/// A moment as the capture recorded it: nanoseconds since 1970-01-01T00:00:00Z. Never the monitor's own clock.
/// </summary>
/// <param name="UnixNanoseconds">Nanoseconds since the Unix epoch; negative before it. Covers the years 1678 to 2262.</param>
public readonly record struct CaptureTime(long UnixNanoseconds) : IComparable<CaptureTime>
{
    /// <summary>Nanoseconds in one second.</summary>
    public const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The time of whole seconds and a fraction, saturating at the ends of the range.</summary>
    public static CaptureTime FromSeconds(long seconds, long nanoseconds)
    {
        var total = (Int128)seconds * NanosecondsPerSecond + nanoseconds;
        return new CaptureTime(
            total > long.MaxValue ? long.MaxValue : total < long.MinValue ? long.MinValue : (long)total);
    }

    /// <summary>The span from <paramref name="earlier"/> to <paramref name="later"/>, to 100 ns.</summary>
    public static TimeSpan operator -(CaptureTime later, CaptureTime earlier) =>
        TimeSpan.FromTicks((later.UnixNanoseconds - earlier.UnixNanoseconds) / 100);

    /// <summary>The moment <paramref name="span"/> after <paramref name="time"/>.</summary>
    public static CaptureTime operator +(CaptureTime time, TimeSpan span) =>
        new(time.UnixNanoseconds + span.Ticks * 100);

    /// <summary>True where <paramref name="left"/> is earlier.</summary>
    public static bool operator <(CaptureTime left, CaptureTime right) => left.UnixNanoseconds < right.UnixNanoseconds;

    /// <summary>True where <paramref name="left"/> is later.</summary>
    public static bool operator >(CaptureTime left, CaptureTime right) => left.UnixNanoseconds > right.UnixNanoseconds;

    /// <summary>True where <paramref name="left"/> is not later.</summary>
    public static bool operator <=(CaptureTime left, CaptureTime right) => left.UnixNanoseconds <= right.UnixNanoseconds;

    /// <summary>True where <paramref name="left"/> is not earlier.</summary>
    public static bool operator >=(CaptureTime left, CaptureTime right) => left.UnixNanoseconds >= right.UnixNanoseconds;

    /// <inheritdoc/>
    public int CompareTo(CaptureTime other) => UnixNanoseconds.CompareTo(other.UnixNanoseconds);

    /// <summary>RFC 3339 in UTC with nine decimals: <c>2026-01-02T03:04:05.000000006Z</c>.</summary>
    public override string ToString()
    {
        var seconds = Math.DivRem(UnixNanoseconds, NanosecondsPerSecond, out var fraction);
        if (fraction < 0)
        {
            seconds--;
            fraction += NanosecondsPerSecond;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTimeOffset.FromUnixTimeSeconds(seconds):yyyy-MM-ddTHH:mm:ss}.{fraction:D9}Z");
    }
}
