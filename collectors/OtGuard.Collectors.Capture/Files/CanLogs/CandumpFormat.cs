using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>What candump of can-utils writes to a log (<c>-l</c>, <c>-L</c>) and to the console.</summary>
/// <remarks>can-utils lib.h (compact and long representation of CAN frames), candump.c.</remarks>
internal sealed class CandumpFormat : TextLogFormat
{
    /// <inheritdoc/>
    public override string Name => "candump";

    /// <inheritdoc/>
    public override bool Recognise(ReadOnlySpan<byte> head) => ReadsOnTrial(head);

    /// <inheritdoc/>
    protected override TextLogReader OpenText(ReaderContext context) => new CandumpReader(context);
}

/// <summary>Reads the lines of candump.</summary>
/// <remarks>
/// <para>Log: <c>(1436509052.249713) can0 123#DEAD</c>; <c>##</c> and a digit of flags for CAN FD; <c>#R</c> and a length
/// for remote frames; direction and anything else behind the frame.</para>
/// <para>Console: <c>(000.000000)  can0  TX B -  123   [8]  11 22 33</c> with or without time, direction and flags; a
/// length of two digits in the brackets is CAN FD.</para>
/// </remarks>
internal sealed class CandumpReader(ReaderContext context) : TextLogReader(context)
{
    // Identifiers of error frames are written with their flag, others without.
    private const uint IdOrError = SocketCan.Error | SocketCan.MaximumExtendedId;

    private bool? _hasTimes;
    private ulong _secondsText;
    private ushort _secondsTextEnd;
    private long _seconds;

    protected override string FormatName => "candump";

    protected override bool LinesTellTheirLength => false;

    /// <inheritdoc/>
    protected override LineKind Parse(ReadOnlySpan<byte> line)
    {
        if (TryParseUsual(line)) return LineKind.Frame;
        var at = SkipBlanks(line, 0);
        if (at >= line.Length || line[at] == (byte)'#') return LineKind.Nothing;
        BeginFrame();
        if (line[at] == (byte)'(')
        {
            if (_hasTimes == false || !TryParseTime(line, ref at)) return LineKind.Unreadable;
            at = SkipBlanks(line, at);
        }
        else if (_hasTimes == true)
        {
            return LineKind.Unreadable;
        }

        var name = at;
        while (at < line.Length && line[at] > (byte)' ') at++;
        var channel = line[name..at];
        at = SkipBlanks(line, at);
        var digits = ReadId(line, ref at, out var id);
        LineKind kind;
        if (digits > 0 && at < line.Length && line[at] == (byte)'#')
        {
            // Only the log has this form, and it always has times.
            if (line[SkipBlanks(line, 0)] != (byte)'(') return LineKind.Unreadable;
            if (digits == 5) return LineKind.CanXl;
            kind = SetLoggedId(id, digits) ? ParseLogged(line, at + 1) : LineKind.Unreadable;
        }
        else
        {
            kind = ParseConsole(line, at - digits);
        }

        if (kind != LineKind.Frame) return kind;
        var hasTime = line[SkipBlanks(line, 0)] == (byte)'(';
        if (!hasTime) Time = OrderTime();
        _hasTimes ??= hasTime;
        SelectChannel(channel);
        return LineKind.Frame;
    }

    /// <summary>
    /// What nearly all lines of a log are, read at fixed places: ten digits of seconds and six of their fraction, the
    /// channel of the line before, a data frame of CAN. Anything else is left to the way that reads every form.
    /// </summary>
    private bool TryParseUsual(ReadOnlySpan<byte> line)
    {
        const int ChannelAt = 20;
        if (line.Length < 25 || line[0] != (byte)'(' || line[11] != (byte)'.' || line[18] != (byte)')' || line[19] != (byte)' '
            || _hasTimes == false)
            return false;
        var fractionText = BinaryPrimitives.ReadUInt64LittleEndian(line[11..]) >> 8 & 0x0000_FFFF_FFFF_FFFF;
        if (!AsciiText.TrySixDigits(fractionText, out var microseconds)) return false;
        var secondsText = BinaryPrimitives.ReadUInt64LittleEndian(line[1..]);
        var secondsTextEnd = BinaryPrimitives.ReadUInt16LittleEndian(line[9..]);
        // A second is the same for some hundred lines.
        if (secondsText != _secondsText || secondsTextEnd != _secondsTextEnd)
        {
            if (!AsciiText.TryDecimal(line.Slice(1, 10), out var seconds)
                || seconds > long.MaxValue / CaptureTime.NanosecondsPerSecond - 1)
                return false;
            _seconds = seconds * CaptureTime.NanosecondsPerSecond;
            _secondsText = secondsText;
            _secondsTextEnd = secondsTextEnd;
        }

        if (!TrySelectLastChannel(line[ChannelAt..], out var nameLength)) return false;
        var rest = line[(ChannelAt + nameLength + 1)..];
        uint id;
        if (rest.Length > 4 && rest[3] == (byte)'#')
        {
            var first = AsciiText.HexDigit(rest[0]);
            var second = AsciiText.HexDigit(rest[1]);
            var third = AsciiText.HexDigit(rest[2]);
            if ((first | second | third) > 15) return false;
            id = (uint)(first << 8 | second << 4 | third);
            if (id > SocketCan.MaximumStandardId) return false;
            rest = rest[4..];
        }
        else if (rest.Length > 9 && rest[8] == (byte)'#' && AsciiText.TryHex(rest[..8], out id)
            && id <= SocketCan.MaximumExtendedId)
        {
            id |= SocketCan.Extended;
            rest = rest[9..];
        }
        else
        {
            return false;
        }

        if (rest.Length == 16)
        {
            if (!AsciiText.TryHexEight(rest, Payload)) return false;
            Length = 8;
        }
        else if (rest.Length < 16 && AsciiText.TryHexBytes(rest, Payload, out var count))
        {
            Length = count;
        }
        else
        {
            return false;
        }

        Id = id;
        FdFlags = 0;
        Time = _seconds + microseconds * 1000L;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SkipBlanks(ReadOnlySpan<byte> line, int at)
    {
        while (at < line.Length && line[at] is (byte)' ' or (byte)'\t') at++;
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadId(ReadOnlySpan<byte> line, ref int at, out uint id)
    {
        id = 0;
        var begin = at;
        while (at < line.Length)
        {
            var digit = AsciiText.HexDigit(line[at]);
            if (digit > 15) break;
            id = id << 4 | (uint)digit;
            at++;
        }

        return at - begin;
    }

    private bool TryParseTime(ReadOnlySpan<byte> line, ref int at)
    {
        at++;
        var begin = at;
        long seconds = 0;
        while (at < line.Length && AsciiText.IsDigit(line[at])) seconds = seconds * 10 + (line[at++] - '0');
        // Up to the year 2286, beyond what nanoseconds reach.
        if (at - begin > 10 || at >= line.Length || line[at] != (byte)'.') return TryParseOtherTime(line, begin, out at);
        at++;
        var fractionBegin = at;
        long fraction = 0;
        while (at < line.Length && AsciiText.IsDigit(line[at])) fraction = fraction * 10 + (line[at++] - '0');
        var digits = at - fractionBegin;
        if (digits is 0 or > 9 || seconds > long.MaxValue / CaptureTime.NanosecondsPerSecond - 1) return false;
        if (at >= line.Length || line[at] != (byte)')') return false;
        at++;
        Time = seconds * CaptureTime.NanosecondsPerSecond
            + (digits == 6 ? fraction * 1000 : AsciiText.Scale(fraction, digits, CaptureTime.NanosecondsPerSecond));
        return true;
    }

    // A date (candump -t A), or seconds below zero or without a fraction.
    private bool TryParseOtherTime(ReadOnlySpan<byte> line, int begin, out int at)
    {
        var length = line[begin..].IndexOf((byte)')');
        at = begin + length + 1;
        if (length < 0) return false;
        var text = line.Slice(begin, length);
        if (!AsciiText.TryTime(text, CaptureTime.NanosecondsPerSecond, out var time) && !LogDate.TryReadIso(text, out time))
            return false;
        Time = time;
        return true;
    }

    private bool SetLoggedId(uint id, int digits)
    {
        if (digits > 8) return false;
        // Some writers leave the flag of the extended frame in the eight digits.
        if (digits == 8) id &= ~SocketCan.Extended;
        if (id <= SocketCan.MaximumStandardId && digits <= 3)
        {
            Id = id;
            return true;
        }

        if ((id & ~IdOrError) != 0) return false;
        Id = (id & SocketCan.Error) != 0 ? id : id | SocketCan.Extended;
        return true;
    }

    private LineKind ParseLogged(ReadOnlySpan<byte> line, int at)
    {
        var limit = SocketCan.MaximumClassicPayloadBytes;
        if (at < line.Length && (line[at] | 0x20) == 'r') return ParseRemote(line, at + 1);
        if (at < line.Length && line[at] == (byte)'#')
        {
            if (at + 1 >= line.Length || AsciiText.HexDigit(line[at + 1]) is var flags && flags > 15) return LineKind.Unreadable;
            FdFlags = (byte)(SocketCan.Fd | flags & (SocketCan.BitRateSwitch | SocketCan.ErrorStateIndicator));
            limit = SocketCan.MaximumPayloadBytes;
            at += 2;
        }

        var payload = Payload;
        var count = 0;
        while (at + 1 < line.Length)
        {
            var high = AsciiText.HexDigit(line[at]);
            if (high > 15)
            {
                // can-utils reads points between bytes.
                if (line[at] != (byte)'.') break;
                at++;
                continue;
            }

            var low = AsciiText.HexDigit(line[at + 1]);
            if (low > 15 || count == limit) return LineKind.Unreadable;
            payload[count++] = (byte)(high << 4 | low);
            at += 2;
        }

        Length = count;
        if (at >= line.Length || line[at] <= (byte)' ') return LineKind.Frame;
        // A data length code above 8 of a classic frame of 8 bytes: "_9" to "_F".
        return line[at] == (byte)'_' && at + 1 < line.Length && FdFlags == 0 ? LineKind.Frame : LineKind.Unreadable;
    }

    private LineKind ParseRemote(ReadOnlySpan<byte> line, int at)
    {
        Id |= SocketCan.Remote;
        if (at >= line.Length || line[at] is <= (byte)' ' or (byte)'_') return LineKind.Frame;
        var length = AsciiText.HexDigit(line[at]);
        if (length > 15) return LineKind.Unreadable;
        Length = SocketCan.LengthOf(length, fd: false);
        return LineKind.Frame;
    }

    private LineKind ParseConsole(ReadOnlySpan<byte> line, int at)
    {
        var words = new Words(line[at..]);
        if (!words.TryNext(out var word)) return LineKind.Unreadable;
        var flags = 0;
        if (AsciiText.Same(word, "RX"u8) || AsciiText.Same(word, "TX"u8))
        {
            // Bit rate switch and error state: a letter or a dash each.
            for (var i = 0; i < 2; i++)
            {
                if (!words.TryNext(out word)) return LineKind.Unreadable;
                if (word is [(byte)'B']) flags |= SocketCan.BitRateSwitch;
                else if (word is [(byte)'E']) flags |= SocketCan.ErrorStateIndicator;
                else if (word is not [(byte)'-']) return LineKind.Unreadable;
            }

            if (!words.TryNext(out word)) return LineKind.Unreadable;
        }

        if (!AsciiText.TryHex(word, out var id) || !SetLoggedId(id, word.Length)) return LineKind.Unreadable;
        if (!words.TryNext(out word) || word is not [(byte)'[', .., (byte)']']) return LineKind.Unreadable;
        var digits = word[1..^1];
        if (digits.Length is 0 or > 2 || !AsciiText.TryDecimal(digits, out var length)) return LineKind.Unreadable;
        var fd = digits.Length == 2;
        if (length > (fd ? SocketCan.MaximumPayloadBytes : SocketCan.MaximumClassicPayloadBytes)) return LineKind.Unreadable;
        if (fd) FdFlags = (byte)(SocketCan.Fd | flags);
        Length = (int)length;
        var rest = new Words(words.Rest);
        if (rest.TryNext(out word) && AsciiText.Same(word, "remote"u8))
        {
            Id |= SocketCan.Remote;
            return LineKind.Frame;
        }

        return words.TryBytes(Payload, Length, 16) ? LineKind.Frame : LineKind.Unreadable;
    }
}
