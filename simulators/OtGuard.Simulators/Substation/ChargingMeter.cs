using OtGuard.Simulators.Vehicle;

namespace OtGuard.Simulators.Substation;

/// <summary>The meter of the station at which the simulated vehicle stands: its samples read in the order of time.</summary>
internal sealed class ChargingMeter(IReadOnlyList<ChargingSample> samples)
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private int _next;

    /// <summary>Power in kW at a second since 1970; 0 where the vehicle is not plugged in.</summary>
    public double At(long second)
    {
        while (_next < samples.Count && samples[_next].Time / NanosecondsPerSecond < second) _next++;
        return _next < samples.Count && samples[_next].Time / NanosecondsPerSecond == second
            ? samples[_next].MeterKilowatts
            : 0;
    }
}
