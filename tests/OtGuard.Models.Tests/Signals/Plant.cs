namespace OtGuard.Models.Tests.Signals;

/// <summary>
/// A small plant: two feeders measured by one device, their sum by a second, and the voltage by a third. Its load follows
/// the time alone, so that every run of the same time is the same.
/// </summary>
internal static class Plant
{
    internal const string Feeders = "10.0.0.9";
    internal const string Busbar = "10.0.0.10";
    internal const string Meter = "10.0.0.11";

    /// <summary>What one poll reads: two feeders, busbar and voltage.</summary>
    internal readonly record struct Reading(double First, double Second, double Sum, double Voltage);

    /// <summary>Polls of a second each, their readings changed by <paramref name="change"/>.</summary>
    internal static void Poll(SignalTraffic traffic, int seconds, Func<int, Reading, Reading>? change = null)
    {
        for (var second = 0; second < seconds; second++)
        {
            var reading = At(traffic.Time.UnixNanoseconds / 1e9);
            if (change is not null) reading = change(second, reading);
            Tell(traffic, reading);
            traffic.After(0.97);
        }
    }

    /// <summary>One round of polls.</summary>
    internal static void Tell(SignalTraffic traffic, Reading reading) => traffic
        .Read(Feeders, (ushort)reading.First, (ushort)reading.Second).After(0.01)
        .Read(Busbar, (ushort)reading.Sum).After(0.01)
        .Read(Meter, (ushort)reading.Voltage).After(0.01);

    /// <summary>The readings of a time, in seconds.</summary>
    internal static Reading At(double seconds)
    {
        var first = 800 + 300 * Math.Sin(seconds / 37) + 100 * Math.Sin(seconds / 11.3);
        var second = 600 + 250 * Math.Sin(seconds / 23 + 1) + 80 * Math.Sin(seconds / 7.1);
        return new Reading(first, second, first + second + Noise(seconds, 3), 2300 + 20 * Math.Sin(seconds / 51) + Noise(seconds, 4));
    }

    // Between minus and plus that much, the same for the same second.
    private static double Noise(double seconds, double most)
    {
        var hash = (ulong)(seconds * 1000) * 0x9E37_79B9_7F4A_7C15;
        return ((hash >> 40) / (double)(1 << 24) * 2 - 1) * most;
    }
}
