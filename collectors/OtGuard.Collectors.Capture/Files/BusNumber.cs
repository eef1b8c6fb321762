using System.Globalization;

namespace OtGuard.Collectors.Capture.Files;

/// <summary>Numbers of buses by what recorders call them.</summary>
public static class BusNumber
{
    /// <summary>The first number of a bus that is none: a serial number or a time in a name is not a bus.</summary>
    public const int Limit = 1024;

    /// <summary>
    /// The number of a bus, from 0: <c>can1</c> and <c>vcan1</c> are 1. What counts from one (a channel that is a mere
    /// number, as in ASC, BLF and TRC, and PEAK's handles such as <c>PCAN_USBBUS1</c>) gives one less.
    /// </summary>
    /// <returns>-1 where the name ends in no number.</returns>
    public static int Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var digits = name.Length;
        while (digits > 0 && char.IsAsciiDigit(name[digits - 1])) digits--;
        if (!int.TryParse(name.AsSpan(digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return -1;
        var countsFromOne = digits == 0 || name.StartsWith("PCAN_", StringComparison.OrdinalIgnoreCase);
        if (countsFromOne && number > 0) number--;
        return number < Limit ? number : -1;
    }
}
