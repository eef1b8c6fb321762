namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>Dates in the headers of logs. None of them names a zone: they are taken as UTC.</summary>
internal static class LogDate
{
    // Beginnings of the names of months in the languages measurement tools are set to; lower case, first match counts.
    private static readonly (string Begin, int Month)[] Months =
    [
        ("jan", 1), ("jän", 1), ("gen", 1), ("ene", 1), ("feb", 2), ("fév", 2), ("fev", 2), ("mar", 3), ("mär", 3),
        ("mrz", 3), ("maa", 3), ("mrt", 3), ("apr", 4), ("avr", 4), ("abr", 4), ("may", 5), ("mai", 5), ("mag", 5), ("mei", 5),
        ("maj", 5), ("jun", 6), ("juin", 6), ("giu", 6), ("jul", 7), ("juil", 7), ("lug", 7), ("aug", 8), ("aoû", 8),
        ("aou", 8), ("ago", 8), ("sep", 9), ("set", 9), ("oct", 10), ("okt", 10), ("ott", 10), ("out", 10), ("nov", 11),
        ("dec", 12), ("dez", 12), ("déc", 12), ("dic", 12),
    ];

    /// <summary>A moment in nanoseconds since the Unix epoch; false where it is no date between 1678 and 2262.</summary>
    public static bool TryMake(int year, int month, int day, int hour, int minute, int second, long nanosecond, out long time)
    {
        time = 0;
        // A second of 60 is a leap second, or a writer that rounds up.
        if (year is < 1678 or > 2261 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 60)
            return false;
        var days = new DateOnly(year, month, day).DayNumber - new DateOnly(1970, 1, 1).DayNumber;
        time = ((days * 24L + hour) * 60 + minute) * 60 + second;
        time = time * CaptureTime.NanosecondsPerSecond + nanosecond;
        return true;
    }

    /// <summary><c>2023-01-31 12:34:56.789012</c>.</summary>
    public static bool TryReadIso(ReadOnlySpan<byte> text, out long time)
    {
        time = 0;
        if (text.Length < 19 || text[4] != (byte)'-' || text[7] != (byte)'-') return false;
        return AsciiText.TryDecimal(text[..4], out var year)
            && AsciiText.TryDecimal(text[5..7], out var month)
            && AsciiText.TryDecimal(text[8..10], out var day)
            && TryReadClock(text[11..], out var clock)
            && TryMake((int)year, (int)month, (int)day, 0, 0, 0, clock, out time);
    }

    /// <summary><c>12:34:56</c>, <c>12:34:56.789</c> or <c>12:34:56:789</c>, in nanoseconds since midnight.</summary>
    public static bool TryReadClock(ReadOnlySpan<byte> text, out long nanoseconds)
    {
        nanoseconds = 0;
        var first = text.IndexOf((byte)':');
        if (first is < 1 or > 2) return false;
        var second = text[(first + 1)..].IndexOf((byte)':');
        if (second is < 1 or > 2) return false;
        var hours = text[..first];
        var minutes = text.Slice(first + 1, second);
        var rest = text[(first + second + 2)..];
        var end = rest.IndexOfAny((byte)':', (byte)'.', (byte)',');
        var seconds = end < 0 ? rest : rest[..end];
        if (seconds.Length > 2
            || !AsciiText.TryDecimal(hours, out var hour) || hour > 23
            || !AsciiText.TryDecimal(minutes, out var minute) || minute > 59
            || !AsciiText.TryDecimal(seconds, out var whole) || whole > 60)
            return false;
        nanoseconds = ((hour * 60 + minute) * 60 + whole) * CaptureTime.NanosecondsPerSecond;
        if (end < 0) return true;
        // The fraction goes up to the next point: 22:06:13.191.000 has milliseconds and microseconds apart.
        long fraction = 0;
        var digits = 0;
        foreach (var character in rest[(end + 1)..])
        {
            if (character is (byte)'.' or (byte)',') continue;
            if (!AsciiText.IsDigit(character)) return false;
            if (digits == 9) continue;
            fraction = fraction * 10 + (character - '0');
            digits++;
        }

        nanoseconds += AsciiText.Scale(fraction, digits, CaptureTime.NanosecondsPerSecond);
        return true;
    }

    /// <summary>
    /// A date in words: a month's name and a day in either order (or all numbers, with the day first where points stand
    /// between them and the month first where slashes do), a clock, with or without AM or PM, and a year. Names of week
    /// days and anything else are passed over.
    /// </summary>
    public static bool TryReadWords(ReadOnlySpan<byte> text, out long time)
    {
        time = 0;
        int year = 0, month = 0, day = 0;
        long clock = -1;
        bool? afternoon = null;
        var words = new Words(text);
        while (words.TryNext(out var word))
        {
            if (word[^1] is (byte)',' or (byte)';') word = word[..^1];
            if (word.IsEmpty) continue;
            if (TryReadClock(word, out var read)) clock = read;
            else if (AsciiText.Same(word, "AM"u8)) afternoon = false;
            else if (AsciiText.Same(word, "PM"u8)) afternoon = true;
            else if (AsciiText.TryDecimal(word[^1] == (byte)'.' ? word[..^1] : word, out var number) && number < 10_000)
            {
                if (number > 31) year = (int)number;
                else if (day == 0) day = (int)number;
                else if (month == 0) month = (int)number;
            }
            else if (word.IndexOfAny((byte)'.', (byte)'/', (byte)'-') > 0 && TryReadNumbers(word, ref year, ref month, ref day))
            {
                continue;
            }
            else if (MonthOf(word) is > 0 and var named)
            {
                // A week day may begin like a month (mardi): the later word counts.
                month = named;
            }
        }

        if (clock < 0) return false;
        const long Hour = 3600 * CaptureTime.NanosecondsPerSecond;
        if (afternoon == true && clock < 12 * Hour) clock += 12 * Hour;
        // 22:06 PM is what some writers make of the locale: the clock is right already.
        if (afternoon == false && clock >= 12 * Hour && clock < 13 * Hour) clock -= 12 * Hour;
        return TryMake(year, month, day, 0, 0, 0, clock, out time);
    }

    private static bool TryReadNumbers(ReadOnlySpan<byte> word, ref int year, ref int month, ref int day)
    {
        Span<int> parts = stackalloc int[3];
        var count = 0;
        var separator = word[word.IndexOfAny((byte)'.', (byte)'/', (byte)'-')];
        foreach (var range in word.Split(separator))
        {
            if (count == 3 || !AsciiText.TryDecimal(word[range], out var number) || number > 9999) return false;
            parts[count++] = (int)number;
        }

        if (count < 3) return false;
        if (parts[0] > 31) (year, month, day) = (parts[0], parts[1], parts[2]);
        else if (separator == (byte)'/' && parts[0] <= 12) (month, day, year) = (parts[0], parts[1], parts[2]);
        else (day, month, year) = (parts[0], parts[1], parts[2]);
        if (year < 100) year += 2000;
        return true;
    }

    private static int MonthOf(ReadOnlySpan<byte> word)
    {
        // Headers are UTF-8 or Windows-1252; what is neither matches no name.
        var text = System.Text.Encoding.UTF8.GetString(word);
        if (text.Contains('\ufffd', StringComparison.Ordinal)) text = System.Text.Encoding.Latin1.GetString(word);
        text = text.ToLowerInvariant();
        foreach (var (begin, month) in Months)
            if (text.StartsWith(begin, StringComparison.Ordinal)) return month;
        return 0;
    }
}
