namespace OtGuard.Detections.Tests.Coverage;

/// <summary>
/// What the devices of a site measure and what a vehicle drives: functions of capture time alone, so that every run of
/// the same time is the same.
/// </summary>
internal static class CoverageProcess
{
    /// <summary>What two RTUs measure: the currents of two feeders; their sum and the voltage.</summary>
    internal readonly record struct Reading(double First, double Second, double Sum, double Voltage);

    /// <summary>The measurements at a capture time, in nanoseconds.</summary>
    public static Reading At(long time)
    {
        var seconds = time / 1e9;
        var first = 800 + 300 * Math.Sin(seconds / 6) + 100 * Math.Sin(seconds / 2.9);
        var second = 600 + 250 * Math.Sin(seconds / 3.3 + 1) + 80 * Math.Sin(seconds / 2.1);
        return new Reading(first, second, first + second + Noise(time, 3), 2300 + 20 * Math.Sin(seconds / 51) + Noise(time + 1, 4));
    }

    /// <summary>
    /// The payload of a message of a vehicle that drives: 110 and 120 carry two wheels each in bytes 0–1 and 2–3, 130 the
    /// engine in bytes 2–3 and the gear in byte 5, 140 the display in bytes 0–1.
    /// </summary>
    public static byte[] FrameAt(uint identifier, long time)
    {
        var seconds = time / 1e9;
        var speed = 2000 + 900 * Math.Sin(seconds / 7) + 300 * Math.Sin(seconds / 2.3);
        int Near(int salt) => (int)(speed + Noise(time + salt, 4));
        var (one, other) = (Near((int)identifier), Near((int)identifier + 1));
        return identifier switch
        {
            0x130 => [0, 0, (byte)(one >> 8), (byte)one, 0x10, (byte)(1 + (int)speed / 700), 0, 0xFF],
            0x140 => [(byte)(one >> 8), (byte)one, 0, 0x20, 0, 0, 0, 0],
            _ => [(byte)(one >> 8), (byte)one, (byte)(other >> 8), (byte)other, 0, 0, 0, 0x7F],
        };
    }

    // Between minus and plus that much.
    private static double Noise(long seed, double most)
    {
        var hash = (ulong)seed * 0x9E37_79B9_7F4A_7C15;
        hash = (hash ^ hash >> 29) * 0xBF58_476D_1CE4_E5B9;
        return ((hash >> 40) / (double)(1 << 24) * 2 - 1) * most;
    }
}
