using System.Globalization;
using System.Text;
using OtGuard.Alerting;

namespace OtGuard.Storage.InfluxDb;

/// <summary>Points as lines of InfluxDB's line protocol, times in nanoseconds.</summary>
/// <remarks>
/// InfluxDB line protocol reference (1.x and 2.x): measurements escape comma and blank; tag keys, tag values and field
/// keys also the equals sign; field texts the quote and the backslash. A line break ends a line whatever stands before
/// it, so it is written as a blank, as is a backslash at the end of a tag, which would escape what divides it from the
/// next.
/// </remarks>
public static class LineProtocol
{
    /// <summary>Texts of fields are cut here, in characters; the server's limit is 64 KiB.</summary>
    public const int LongestText = 4096;

    /// <summary>
    /// Appends a point as a line with its line break. A point without fields is none, and nothing is appended.
    /// </summary>
    /// <exception cref="ArgumentException">A tag is none of <see cref="SeriesTags.Allowed"/>.</exception>
    public static void Append(StringBuilder text, SeriesPoint point)
    {
        if (point.Fields.Count == 0) return;
        AppendEscaped(text, point.Measurement, ", ");
        // Sorted, as the server would have to do itself.
        foreach (var (name, value) in point.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            if (!SeriesTags.Allowed.Contains(name))
                throw new ArgumentException(
                    $"'{name}' of {point.Measurement} is no tag: its values are not bounded. Make it a field.",
                        nameof(point));
            // There is no empty tag.
            if (string.IsNullOrWhiteSpace(value)) continue;
            text.Append(',');
            AppendEscaped(text, name, ",= ");
            text.Append('=');
            AppendEscaped(text, value, ",= ");
        }

        var divider = ' ';
        foreach (var (name, value) in point.Fields)
        {
            text.Append(divider);
            AppendEscaped(text, name, ",= ");
            text.Append('=');
            AppendValue(text, value);
            divider = ',';
        }

        text.Append(CultureInfo.InvariantCulture, $" {point.Time.UnixNanoseconds}\n");
    }

    private static void AppendValue(StringBuilder text, SeriesValue value)
    {
        if (value.Whole is { } whole)
        {
            text.Append(CultureInfo.InvariantCulture, $"{whole}i");
        }
        else if (value.Real is { } real)
        {
            text.Append(real.ToString("R", CultureInfo.InvariantCulture));
        }
        else
        {
            var content = value.Text ?? "";
            text.Append('"');
            foreach (var character in content.AsSpan(0, Math.Min(content.Length, LongestText)))
            {
                if (character is '"' or '\\') text.Append('\\');
                text.Append(character is '\n' or '\r' ? ' ' : character);
            }

            text.Append('"');
        }
    }

    private static void AppendEscaped(StringBuilder text, string name, string special)
    {
        for (var i = 0; i < name.Length; i++)
        {
            var character = name[i];
            if (character is '\n' or '\r' || (character == '\\'
                && (i == name.Length - 1 || special.Contains(name[i + 1], StringComparison.Ordinal))))
                character = character == '\\' ? '/' : ' ';
            if (special.Contains(character, StringComparison.Ordinal)) text.Append('\\');
            text.Append(character);
        }
    }
}
