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
    /// Frames that the adapter lost for want of room: <c>rx_missed_errors</c>, <c>rx_fifo_errors</c>,
    /// <c>rx_over_errors</c>.
    /// </summary>
    /// <remarks>
    /// Not <c>rx_dropped</c>: it also counts frames that were captured and that nobody else on this machine wanted, so that
    /// a line with GOOSE on it would seem to lose frames all the time.
    /// </remarks>
    public static long Missed(string name) =>
        (Number(name, "statistics/rx_missed_errors") ?? 0) + (Number(name, "statistics/rx_fifo_errors") ?? 0)
        + (Number(name, "statistics/rx_over_errors") ?? 0);


    /// <summary>
    /// Frames that the kernel dropped because a processor's backlog was full, of all interfaces together: the second
    /// column of <c>/proc/net/softnet_stat</c>.
    /// </summary>
    public static long BacklogDrops()
    {
        try
        {
            return File.ReadLines("/proc/net/softnet_stat").Sum(line =>
                line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var dropped, ..]
                && long.TryParse(dropped, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number) ? number : 0);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

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
