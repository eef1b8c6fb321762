using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>Numbers in text, read from bytes. Everything answers false where the text is something else; nothing throws.</summary>
internal static class AsciiText
{
    private const int MaximumDecimalDigits = 18;

    // Value of each character as a hexadecimal digit, 0xFF for none.
    private static ReadOnlySpan<byte> HexValues =>
    [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    ];

    private static ReadOnlySpan<long> PowersOfTen =>
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000,
    ];

    /// <summary>The value of a hexadecimal digit, or above 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int HexDigit(byte value) => HexValues[value];

    /// <summary>Whether it is a decimal digit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDigit(byte value) => (uint)(value - '0') <= 9;

    /// <summary>One to eight hexadecimal digits, nothing else.</summary>
    public static bool TryHex(ReadOnlySpan<byte> text, out uint value)
    {
        value = 0;
        if (text.Length is 0 or > 8) return false;
        foreach (var character in text)
        {
            var digit = HexDigit(character);
            if (digit > 15) return false;
            value = value << 4 | (uint)digit;
        }

        return true;
    }

    /// <summary>Decimal digits, nothing else.</summary>
    public static bool TryDecimal(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.Length is 0 or > MaximumDecimalDigits) return false;
        foreach (var character in text)
        {
            if (!IsDigit(character)) return false;
            value = value * 10 + (character - '0');
        }

        return true;
    }

    /// <summary>A number in base 10 or 16, a hexadecimal one also behind 0x.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, int numberBase, out uint value)
    {
        if (text.Length > 2 && text[0] == (byte)'0' && (text[1] | 0x20) == 'x') return TryHex(text[2..], out value);
        if (numberBase == 16) return TryHex(text, out value);
        var read = TryDecimal(text, out var number) && number <= uint.MaxValue;
        value = read ? (uint)number : 0;
        return read;
    }

    /// <summary>A byte in base 10 or 16.</summary>
    public static bool TryByte(ReadOnlySpan<byte> text, int numberBase, out byte value)
    {
        if (text.Length == 2 && numberBase == 16)
        {
            var high = HexDigit(text[0]);
            var low = HexDigit(text[1]);
            value = (byte)(high << 4 | low & 15);
            return (high | low) <= 15;
        }

        var read = TryNumber(text, numberBase, out var number) && number <= byte.MaxValue;
        value = read ? (byte)number : (byte)0;
        return read;
    }

    /// <summary>
    /// A time with a fraction behind a point or a comma, in units of so many nanoseconds. Digits beyond the nanosecond
    /// are dropped; what does not fit is refused.
    /// </summary>
    public static bool TryTime(ReadOnlySpan<byte> text, long unitNanoseconds, out long nanoseconds)
    {
        nanoseconds = 0;
        var at = 0;
        var negative = text.Length > 1 && text[0] == (byte)'-';
        if (negative) at = 1;
        var begin = at;
        long whole = 0;
        while (at < text.Length && IsDigit(text[at])) whole = whole * 10 + (text[at++] - '0');
        // Of nineteen digits some leave 64 bits, and then turn negative; twenty could come round again.
        if (at == begin || at - begin > MaximumDecimalDigits + 1 || whole < 0 || whole > long.MaxValue / unitNanoseconds - 1)
            return false;
        long fraction = 0;
        var digits = 0;
        var most = unitNanoseconds > CaptureTime.NanosecondsPerSecond ? 13 : 9;
        if (at < text.Length && text[at] is (byte)'.' or (byte)',')
        {
            at++;
            while (at < text.Length && IsDigit(text[at]))
            {
                if (digits < most)
                {
                    fraction = fraction * 10 + (text[at] - '0');
                    digits++;
                }

                at++;
            }
        }

        if (at != text.Length) return false;
        nanoseconds = whole * unitNanoseconds + Scale(fraction, digits, unitNanoseconds);
        if (negative) nanoseconds = -nanoseconds;
        return true;
    }

    /// <summary>A fraction of so many digits (nine, or 13 of units above the second) of a unit, in nanoseconds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Scale(long fraction, int digits, long unitNanoseconds) =>
        // A unit of 86,400 s times a fraction leaves 64 bits.
        unitNanoseconds > CaptureTime.NanosecondsPerSecond
            ? (long)((Int128)fraction * unitNanoseconds / PowersOfTen[digits])
            : fraction * unitNanoseconds / PowersOfTen[digits];

    /// <summary>Pairs of hexadecimal digits without anything between, all of the text.</summary>
    public static bool TryHexBytes(ReadOnlySpan<byte> text, Span<byte> into, out int count)
    {
        count = text.Length / 2;
        if ((text.Length & 1) != 0 || count > into.Length) return false;
        var wrong = 0;
        for (var i = 0; i < count; i++)
        {
            var high = HexDigit(text[2 * i]);
            var low = HexDigit(text[2 * i + 1]);
            wrong |= high | low;
            into[i] = (byte)(high << 4 | low);
        }

        return wrong <= 15;
    }

    /// <summary>Sixteen hexadecimal digits as eight bytes: the usual payload at one go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHexEight(ReadOnlySpan<byte> text, Span<byte> into)
    {
        var characters = Vector128.Create(text[..16]);
        var digits = characters - Vector128.Create((byte)'0');
        var letters = (characters | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a');
        var areDigits = Vector128.LessThan(digits, Vector128.Create((byte)10));
        var areLetters = Vector128.LessThan(letters, Vector128.Create((byte)6));
        if ((areDigits | areLetters) != Vector128<byte>.AllBitsSet) return false;
        var values = Vector128.ConditionalSelect(areDigits, digits, letters + Vector128.Create((byte)10)).AsUInt16();
        var pairs = Vector128.ShiftLeft(values & Vector128.Create((ushort)0xF), 4) | Vector128.ShiftRightLogical(values, 8);
        BinaryPrimitives.WriteUInt64LittleEndian(into, Vector128.Narrow(pairs, pairs).AsUInt64().ToScalar());
        return true;
    }

    /// <summary>Six decimal digits as they lie in memory, the first one lowest, and nothing above.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TrySixDigits(ulong characters, out uint value)
    {
        // Adding or taking away sets the top bit of every byte that is no digit.
        var digits = characters - 0x0000_3030_3030_3030;
        var wrong = (digits | characters + 0x0000_4646_4646_4646) & 0x0000_8080_8080_8080;
        var pairs = digits * 10 + (digits >> 8);
        value = (uint)((pairs & 0xFF) * 10_000 + (pairs >> 16 & 0xFF) * 100 + (pairs >> 32 & 0xFF));
        return wrong == 0;
    }

    /// <summary>Whether two texts are the same but for the case of ASCII letters.</summary>
    public static bool Same(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        System.Text.Ascii.EqualsIgnoreCase(left, right);
}

/// <summary>Takes the words of a line one after the other; blanks and tabs stand between them.</summary>
internal ref struct Words(ReadOnlySpan<byte> line)
{
    private ReadOnlySpan<byte> _rest = line;

    /// <summary>What was not taken yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>The next word, or false at the end.</summary>
    public bool TryNext(out ReadOnlySpan<byte> word)
    {
        var rest = _rest;
        var begin = 0;
        while (begin < rest.Length && rest[begin] <= (byte)' ') begin++;
        var end = begin;
        while (end < rest.Length && rest[end] > (byte)' ') end++;
        word = rest[begin..end];
        _rest = rest[end..];
        return end > begin;
    }

    /// <summary>Takes so many bytes, each a word; false where one is missing or is none.</summary>
    public bool TryBytes(Span<byte> into, int count, int numberBase)
    {
        for (var i = 0; i < count; i++)
            if (!TryNext(out var word) || !AsciiText.TryByte(word, numberBase, out into[i])) return false;
        return true;
    }
}
