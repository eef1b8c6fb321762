using System.Globalization;

namespace OtGuard.Collectors.Capture.Files.Pcapng;

/// <summary>Turns the time stamps of an interface into nanoseconds since the Unix epoch.</summary>
/// <remarks>
/// draft-ietf-opsawg-pcapng §4.2, options if_tsresol (the top bit chooses powers of two over powers of ten) and
/// if_tsoffset (whole seconds to add). Times beyond the range stop at its ends.
/// </remarks>
internal sealed class TimeScale
{
    /// <summary>Microseconds, which hold where an interface does not say otherwise.</summary>
    public const byte Microseconds = 6;

    private const int NanosecondExponent = 9;

    private readonly int _exponent;
    private readonly bool _binary;
    private readonly Int128 _offset;
    private readonly long _multiplier;
    private readonly long _quickOffset;
    private readonly ulong _quickLimit;

    /// <summary>Creates the scale from the two options.</summary>
    public TimeScale(byte resolution, long offsetSeconds)
    {
        _binary = (resolution & 0x80) != 0;
        _exponent = resolution & 0x7f;
        _offset = (Int128)offsetSeconds * CaptureTime.NanosecondsPerSecond;
        if (_binary || _exponent > NanosecondExponent) return;
        _multiplier = (long)PowerOfTen(NanosecondExponent - _exponent);
        if (_offset < long.MinValue || _offset > long.MaxValue) return;
        _quickOffset = (long)_offset;
        _quickLimit = (ulong)((long.MaxValue - Math.Max(0, _quickOffset)) / _multiplier);
    }

    /// <summary>The resolution in words.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{(_binary ? 2 : 10)}^-{_exponent} s");

    /// <summary>The time of a time stamp.</summary>
    public long ToNanoseconds(ulong ticks) =>
        ticks < _quickLimit ? (long)ticks * _multiplier + _quickOffset : ToNanosecondsExactly(ticks);

    private long ToNanosecondsExactly(ulong ticks)
    {
        var total = Scale(ticks) + _offset;
        return total > long.MaxValue ? long.MaxValue : total < long.MinValue ? long.MinValue : (long)total;
    }

    private Int128 Scale(ulong ticks)
    {
        if (_binary) return (Int128)(((UInt128)ticks * CaptureTime.NanosecondsPerSecond) >> _exponent);
        if (_exponent <= NanosecondExponent) return (Int128)ticks * _multiplier;
        var excess = _exponent - NanosecondExponent;
        // 10^20 is above every 64-bit number.
        return excess >= 20 ? 0 : ticks / PowerOfTen(excess);
    }

    private static ulong PowerOfTen(int exponent)
    {
        var power = 1UL;
        for (var i = 0; i < exponent; i++) power *= 10;
        return power;
    }
}
