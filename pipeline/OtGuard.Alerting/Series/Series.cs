using OtGuard.Collectors;

namespace OtGuard.Alerting;

/// <summary>One point of a series.</summary>
/// <param name="Measurement">What is measured: <c>deviations</c>, <c>alerts</c>, <c>traffic</c>,
/// <c>signals</c>.</param>
/// <param name="Tags">Bounded names (<see cref="SeriesTags"/>) that make the series; null values are left out.</param>
/// <param name="Fields">Numbers and texts; a field keeps one type for ever.</param>
/// <param name="Time">When, to the nanosecond.</param>
public sealed record SeriesPoint(
    string Measurement, IReadOnlyDictionary<string, string?> Tags, IReadOnlyDictionary<string, SeriesValue> Fields,
        CaptureTime Time);

/// <summary>The value of a field: exactly one of the three is set.</summary>
public sealed record SeriesValue
{
    /// <summary>A floating-point number, finite.</summary>
    public double? Real { get; init; }

    /// <summary>A whole number.</summary>
    public long? Whole { get; init; }

    /// <summary>A text.</summary>
    public string? Text { get; init; }

    /// <summary>A floating-point number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not finite: no store keeps such a value.</exception>
    public static SeriesValue Of(double value) =>
        double.IsFinite(value) ? new SeriesValue { Real = value }
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Series hold finite numbers.");

    /// <summary>A whole number.</summary>
    public static SeriesValue Of(long value) => new() { Whole = value };

    /// <summary>A text.</summary>
    public static SeriesValue Of(string value) => new() { Text = value };
}

/// <summary>
/// The names that may be tags. Each has few values in a plant; what has many (addresses of every peer, texts, ids) is a
/// field, because every combination of tags is an index entry that is never given up.
/// </summary>
public static class SeriesTags
{
    /// <summary>The tags there may be.</summary>
    public static readonly IReadOnlySet<string> Allowed =
        new HashSet<string>(StringComparer.Ordinal) { "site", "zone", "sensor", "protocol", "kind", "asset" };
}

/// <summary>
/// Where a record lies as a point of a series. Two points of one series at one nanosecond would be one to a series
/// store, so the store moves the later of them on by as little as is free; and it keeps the number of assets that are
/// tags bounded. Both are settled once, so that every repetition lands on the same point.
/// </summary>
/// <param name="Time">The point's time.</param>
/// <param name="Asset">The asset's tag: its address, <see cref="OtherAssets"/> beyond the bound, or null for
/// none.</param>
public sealed record PointPlace(CaptureTime Time, string? Asset)
{
    /// <summary>The tag of assets beyond the bound.</summary>
    public const string OtherAssets = "other";
}

/// <summary>Deviations and alerts as points of series.</summary>
public static class RecordPoints
{
    /// <summary>A deviation as a point of <c>deviations</c>.</summary>
    public static SeriesPoint Of(DeviationRecord deviation, PointPlace place) => new(
        "deviations",
        new Dictionary<string, string?>
        {
            ["site"] = deviation.Site,
            ["zone"] = deviation.Zone,
            ["sensor"] = deviation.Sensor,
            ["protocol"] = deviation.Protocol,
            ["kind"] = deviation.Kind,
            ["asset"] = place.Asset,
        },
        new Dictionary<string, SeriesValue>
        {
            ["id"] = SeriesValue.Of(deviation.Id),
            ["severity"] = SeriesValue.Of((long)deviation.Severity),
            ["occurrences"] = SeriesValue.Of(deviation.Occurrences),
            ["frames"] = SeriesValue.Of(deviation.FrameCount),
            ["subject"] = SeriesValue.Of(deviation.Subject),
            ["explanation"] = SeriesValue.Of(deviation.Explanation),
            ["captureTime"] = SeriesValue.Of(deviation.FirstSeen.ToString()),
        },
        place.Time);

    /// <summary>An alert as a point of <c>alerts</c>.</summary>
    public static SeriesPoint Of(Alert alert, PointPlace place) => new(
        "alerts",
        new Dictionary<string, string?>
        {
            ["site"] = alert.Site,
            ["zone"] = alert.Zone,
            ["kind"] = alert.Kind,
            ["asset"] = place.Asset,
        },
        new Dictionary<string, SeriesValue>
        {
            ["id"] = SeriesValue.Of(alert.Id),
            ["number"] = SeriesValue.Of(alert.Number),
            ["severity"] = SeriesValue.Of((long)alert.Severity),
            ["deviations"] = SeriesValue.Of(alert.Deviations),
            ["occurrences"] = SeriesValue.Of(alert.Occurrences),
            ["state"] = SeriesValue.Of(alert.State.ToString()),
            ["subject"] = SeriesValue.Of(alert.Subject),
            ["captureTime"] = SeriesValue.Of(alert.FirstSeen.ToString()),
        },
        place.Time);
}

/// <summary>Which points are asked for.</summary>
/// <param name="Measurement">The measurement.</param>
/// <param name="Field">The field, a number.</param>
/// <param name="From">Not before.</param>
/// <param name="Until">Before.</param>
public sealed record SeriesQuery(string Measurement, string Field, CaptureTime From, CaptureTime Until)
{
    /// <summary>Tags with the value they must have.</summary>
    public IReadOnlyDictionary<string, string> Where { get; init; } = new Dictionary<string, string>();

    /// <summary>Tags by which points are parted into series; others are put together.</summary>
    public IReadOnlyList<string> By { get; init; } = [];

    /// <summary>Points are put together over so long; null for each as it is.</summary>
    public TimeSpan? Step { get; init; }

    /// <summary>How points of a step are put together.</summary>
    public SeriesAggregate Aggregate { get; init; } = SeriesAggregate.Mean;

    /// <summary>Points returned in all at most, the earliest.</summary>
    public int Limit { get; init; } = 10_000;
}

/// <summary>How the points of a step are put together.</summary>
public enum SeriesAggregate : byte
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>The highest.</summary>
    Max,

    /// <summary>The lowest.</summary>
    Min,

    /// <summary>How many there are.</summary>
    Count,
}

/// <summary>One series as it was read.</summary>
/// <param name="Tags">The tags asked for, with their values; empty for a point that has none.</param>
/// <param name="Points">Time and value, the earliest first; a step without points is left out.</param>
public sealed record SeriesResult(IReadOnlyDictionary<string, string> Tags,
    IReadOnlyList<(CaptureTime Time, double Value)> Points);

/// <summary>Reads series from whichever store holds them. Thread-safe.</summary>
public interface ISeriesReader
{
    /// <summary>The series that match, sorted by their tags.</summary>
    /// <exception cref="SeriesUnavailableException">The store cannot be asked now, or refuses the question.</exception>
    Task<IReadOnlyList<SeriesResult>> ReadAsync(SeriesQuery query, CancellationToken cancellation);
}

/// <summary>Takes points of series. Thread-safe.</summary>
public interface ISeriesWriter
{
    /// <summary>Takes points; what there is no room for is counted, and false tells so.</summary>
    Task<bool> WriteAsync(IReadOnlyList<SeriesPoint> points, CancellationToken cancellation);
}

/// <summary>Series cannot be read; the message says why.</summary>
public sealed class SeriesUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SeriesUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public SeriesUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public SeriesUnavailableException()
    {
    }
}
