using OtGuard.Collectors;

namespace OtGuard.Host.Runs;

/// <summary>Moments of this machine's clock as capture times.</summary>
internal static class Moments
{
    /// <summary>The capture time of a moment.</summary>
    public static CaptureTime Of(DateTimeOffset moment) =>
        new((moment.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * TimeSpan.NanosecondsPerTick);

    /// <summary>The moment by a clock.</summary>
    public static CaptureTime Now(TimeProvider clock) => Of(clock.GetUtcNow());
}
