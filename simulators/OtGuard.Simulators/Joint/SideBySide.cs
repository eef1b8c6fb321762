namespace OtGuard.Simulators.Joint;

/// <summary>Runs two simulations that touch each other.</summary>
internal static class SideBySide
{
    // As often as the substation's process is computed.
    private const long Second = 1_000_000_000;

    /// <summary>
    /// Runs both up to every whole second and then to <paramref name="end"/>, the first one before the other: what the
    /// second reads of the first is as old as its own process, what the first reads of the second a second older.
    /// </summary>
    public static void Run(
        long start, long end, Action<long, CancellationToken> first, Action<long, CancellationToken> second,
        CancellationToken stop = default)
    {
        for (var time = start; time < end && !stop.IsCancellationRequested;)
        {
            time = Math.Min((time / Second + 1) * Second, end);
            first(time, stop);
            second(time, stop);
        }
    }
}
