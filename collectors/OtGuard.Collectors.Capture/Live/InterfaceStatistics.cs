using System.Globalization;

namespace OtGuard.Collectors.Capture.Live;

/// <summary>What the kernel tells about a network interface in <c>/sys/class/net</c>.</summary>
/// <remarks>Reading needs no rights and reaches nothing but the kernel.</remarks>
public static class InterfaceStatistics
{
    private const string Root = "/sys/class/net";

    /// <summary>The kernel's number for an interface, null where there is none of the name.</summary>
    public static int? Index(string name) => (int?)Number(name, "ifindex");

    /// <summary>Whether it has been set up (not whether a cable is plugged in).</summary>
    public static bool IsUp(string name) =>
        Text(name, "flags") is { } flags && flags.StartsWith("0x", StringComparison.Ordinal)
        && int.TryParse(flags[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) && (value & 1) != 0;

    /// <summary>Whether it has a carrier: false where the cable is out; null where it is down or does not tell.</summary>
    public static bool? HasCarrier(string name) => Number(name, "carrier") is { } value ? value != 0 : null;

    /// <summary>Frames it has received since it is there.</summary>
    public static long? Received(string name) => Number(name, "statistics/rx_packets");

    /// <summary>Frames it has sent since it is there.</summary>
    public static long? Sent(string name) => Number(name, "statistics/tx_packets");

    /// <summary>
    /// Frames that were lost before any program could see them: the adapter's queue was full (<c>rx_missed_errors</c>) or
    /// the kernel's (<c>rx_dropped</c>).
    /// </summary>
    public static long Lost(string name) =>
        (Number(name, "statistics/rx_missed_errors") ?? 0) + (Number(name, "statistics/rx_dropped") ?? 0);

    private static long? Number(string name, string what) =>
        long.TryParse(Text(name, what), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static string? Text(string name, string what)
    {
        if (name.Contains('/', StringComparison.Ordinal)) return null;
        try
        {
            return File.ReadAllText($"{Root}/{name}/{what}").Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Gone, or it does not tell: a carrier of an interface that is down is an error of reading.
            return null;
        }
    }
}
