using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OtGuard.Collectors.Capture.Files;

/// <summary>
/// Where a plain table has what: column numbers from 0. For tables whose columns cannot be told from a header.
/// </summary>
public sealed record CanColumns
{
    /// <summary>Column of the identifier, or of <c>ID#DATA</c>.</summary>
    public required int Id { get; init; }

    /// <summary>First column of data; null where the identifier's column holds them.</summary>
    public int? DataFirst { get; init; }

    /// <summary>Last column of data; the same as the first where one column holds all bytes.</summary>
    public int? DataLast { get; init; }

    /// <summary>Column of the time, null for none.</summary>
    public int? Time { get; init; }

    /// <summary>Column of the data length code, null for none.</summary>
    public int? Length { get; init; }

    /// <summary>Column of the channel, null for none.</summary>
    public int? Channel { get; init; }

    /// <summary>Column of the label, null for none.</summary>
    public int? Label { get; init; }

    /// <summary>Base of identifiers, 10 or 16; null to tell by what stands there.</summary>
    public int? IdBase { get; init; }

    /// <summary>Base of data bytes, 10 or 16; null to tell by what stands there.</summary>
    public int? DataBase { get; init; }

    /// <summary>Nanoseconds of a unit of time; null to tell by what stands there.</summary>
    public long? TimeUnitNanoseconds { get; init; }

    /// <summary>
    /// Reads <c>id=0,data=1-8,label=9</c>; also <c>time=</c>, <c>dlc=</c>, <c>channel=</c>, <c>idbase=10|16</c>,
    /// <c>database=10|16</c>, <c>timeunit=s|ms|us|ns</c>.
    /// </summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="fault">A sentence on what is wrong.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out CanColumns? columns, [NotNullWhen(false)] out string? fault)
    {
        var made = new CanColumns { Id = -1 };
        fault = null;
        columns = null;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? part : part[..equals].Trim();
            var value = equals < 0 ? "" : part[(equals + 1)..].Trim();
            var next = Apply(made, key, value);
            if (next is null)
            {
                fault = $"'{part}' is not a column: expected id=N, data=N or data=N-M, time=N, dlc=N, channel=N, label=N, idbase=10 or 16, database=10 or 16, timeunit=s, ms, us or ns, with columns counted from 0.";
                return false;
            }

            made = next;
        }

        if (made.Id < 0)
        {
            fault = "The columns do not say where the identifier is: id=N is missing.";
            return false;
        }

        columns = made;
        return true;
    }

    private static CanColumns? Apply(CanColumns columns, string key, string value) => key switch
    {
        "id" when IsColumn(value, out var n) => columns with { Id = n },
        "time" when IsColumn(value, out var n) => columns with { Time = n },
        "dlc" when IsColumn(value, out var n) => columns with { Length = n },
        "channel" when IsColumn(value, out var n) => columns with { Channel = n },
        "label" when IsColumn(value, out var n) => columns with { Label = n },
        "data" when IsColumn(value, out var n) => columns with { DataFirst = n, DataLast = n },
        "data" when value.Split('-') is [var first, var last] && IsColumn(first, out var from) && IsColumn(last, out var to)
            && from <= to => columns with { DataFirst = from, DataLast = to },
        "idbase" when IsBase(value, out var n) => columns with { IdBase = n },
        "database" when IsBase(value, out var n) => columns with { DataBase = n },
        "timeunit" when TableTime.UnitOf(value) is { } unit => columns with { TimeUnitNanoseconds = unit },
        _ => null,
    };

    private static bool IsColumn(string text, out int column) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out column) && column < MaximumColumns;

    private static bool IsBase(string text, out int numberBase) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out numberBase) && numberBase is 10 or 16;

    /// <summary>Columns of a line that are looked at: 64 bytes and what stands around them.</summary>
    internal const int MaximumColumns = 128;
}

/// <summary>Units of time in tables.</summary>
internal static class TableTime
{
    /// <summary>Nanoseconds of a unit's name, null where it is none.</summary>
    public static long? UnitOf(string name) => name switch
    {
        "s" => CaptureTime.NanosecondsPerSecond,
        "ms" => 1_000_000,
        "us" or "µs" => 1_000,
        "ns" => 1,
        _ => null,
    };
}
