using System.Globalization;

namespace OtGuard.Collectors.Can.Live.Pcan;

/// <summary>Bit timings as PEAK's library takes them.</summary>
internal static class PcanTiming
{
    private const int ClockHertz = 80_000_000;

    /// <summary>The register value of a usual bitrate, null for another one (PCANBasic.h, PCAN_BAUD_*).</summary>
    public static ushort? Classic(int bitsPerSecond) => bitsPerSecond switch
    {
        1_000_000 => 0x0014,
        800_000 => 0x0016,
        500_000 => 0x001C,
        250_000 => 0x011C,
        125_000 => 0x031C,
        100_000 => 0x432F,
        95_238 => 0xC34E,
        83_333 => 0x852B,
        50_000 => 0x472F,
        47_619 => 0x1414,
        33_333 => 0x8B2F,
        20_000 => 0x532F,
        10_000 => 0x672F,
        5_000 => 0x7F7F,
        _ => null,
    };

    /// <summary>
    /// The text for CAN FD at the clock of 80 MHz that all PEAK adapters have, with the sample point at 80 % of the bit in
    /// both phases (CiA 601-3 recommends the same for all nodes, and 80 % is its usual value); null where a bitrate cannot
    /// be made of that clock.
    /// </summary>
    public static string? Fd(int nominal, int data)
    {
        // PCAN-Basic, FD bit rate parameters: nominal segments up to 256, 128; those of data up to 32, 16.
        if (Segments(nominal, 256, 128) is not { } slow || Segments(data, 32, 16) is not { } fast) return null;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"f_clock={ClockHertz},nom_brp={slow.Prescaler},nom_tseg1={slow.First},nom_tseg2={slow.Second},nom_sjw={Math.Min(slow.Second, 128)},data_brp={fast.Prescaler},data_tseg1={fast.First},data_tseg2={fast.Second},data_sjw={Math.Min(fast.Second, 16)}");
    }

    /// <summary>The smallest prescaler, for the finest steps, whose segments fit.</summary>
    private static (int Prescaler, int First, int Second)? Segments(int bitsPerSecond, int maximumFirst, int maximumSecond)
    {
        const int maximumPrescaler = 1024;
        if (bitsPerSecond <= 0 || ClockHertz % bitsPerSecond != 0) return null;
        var ticks = ClockHertz / bitsPerSecond;
        for (var prescaler = 1; prescaler <= maximumPrescaler; prescaler++)
        {
            if (ticks % prescaler != 0) continue;
            var quanta = ticks / prescaler;
            var second = (quanta + 2) / 5;
            var first = quanta - 1 - second;
            if (first >= 1 && first <= maximumFirst && second >= 1 && second <= maximumSecond) return (prescaler, first, second);
        }

        return null;
    }
}
