using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Simulators;

/// <summary>
/// The demonstration. An hour of a substation's normal life to learn from, then twenty minutes in which an intruder
/// scans the network, asks the devices who they are, finds out what one understands, and at last opens a breaker from
/// the engineering workstation. Ten minutes of a car to learn from, then five in which somebody at its diagnostic
/// connector guesses keys, sends what nobody sends, silences the steering angle and floods the bus.
/// </summary>
public static class DemoScenario
{
    /// <summary>Virtual time of the substation learned from: six cycles of its life.</summary>
    public static readonly TimeSpan SubstationLearning = TimeSpan.FromMinutes(60);

    /// <summary>Virtual time of the substation under attack.</summary>
    public static readonly TimeSpan SubstationAttacked = TimeSpan.FromMinutes(20);

    /// <summary>Virtual time of the vehicle learned from: two cycles of its drive.</summary>
    public static readonly TimeSpan VehicleLearning = TimeSpan.FromMinutes(10);

    /// <summary>Virtual time of the vehicle under attack: one cycle.</summary>
    public static readonly TimeSpan VehicleAttacked = TimeSpan.FromMinutes(5);

    /// <summary>What is planted in the substation, and how long after the beginning of the attacked part.</summary>
    public static IReadOnlyList<PlannedEvent> SubstationPlan { get; } =
    [
        new(TimeSpan.FromMinutes(3), new NetworkScan()),
        new(TimeSpan.FromMinutes(7), new DeviceIdentificationSweep()),
        new(TimeSpan.FromMinutes(11), new FunctionCodeEnumeration()),
        new(TimeSpan.FromMinutes(17), new WriteByKnownReader()),
    ];

    /// <summary>What is planted in the vehicle, and how long after the beginning of the attacked part.</summary>
    public static IReadOnlyList<PlannedVehicleEvent> VehiclePlan { get; } =
    [
        new(TimeSpan.FromSeconds(40), new SecurityAccessBruteForce()),
        new(TimeSpan.FromSeconds(95), new Suspension()),
        new(TimeSpan.FromSeconds(150), new UnknownIdInjection()),
        new(TimeSpan.FromSeconds(230), new IdZeroFlood()),
    ];

    /// <summary>
    /// How the substation of the demonstration is simulated: a Monday in June, about noon. Polls are thinned (3 s, 6 s
    /// and 30 s instead of 1 s, 2 s and 10 s), so that an hour has about 135,000 frames.
    /// </summary>
    public static SubstationOptions Substation(int seed) => new SubstationOptions
    {
        Seed = seed,
        Start = DateTimeOffset.Parse("2026-06-15T09:30:00Z", System.Globalization.CultureInfo.InvariantCulture)
            .ToUnixTimeMilliseconds() * 1_000_000,
        Duration = SubstationLearning,
        GooseHeartbeat = TimeSpan.FromSeconds(5),
    }.Thinned(TimeSpan.FromSeconds(3));
}
