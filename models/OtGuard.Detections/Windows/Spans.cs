using System.Globalization;

namespace OtGuard.Detections.Windows;

/// <summary>Counts and spans of time for people.</summary>
internal static class Spans
{
    /// <summary>A number with a comma between thousands.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number as it is: ports, codes, addresses.</summary>
    public static string Plain(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A span of time: <c>0.4 s</c>, <c>12 s</c>, <c>2 min</c>, <c>1 h</c>.</summary>
    public static string Text(TimeSpan span)
    {
        var seconds = Math.Max(0, span.TotalSeconds);
        if (seconds < 10) return string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###} s");
        if (seconds < 60) return string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s");
        return seconds < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.#} min")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} h");
    }
}
