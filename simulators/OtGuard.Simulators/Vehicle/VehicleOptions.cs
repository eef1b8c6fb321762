using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle;

/// <summary>Which vehicle.</summary>
public enum VehicleVariant : byte
{
    /// <summary>A plug-in hybrid car: powertrain on <c>can0</c>, body on <c>can1</c>, a gateway between them.</summary>
    Car,

    /// <summary>The same with driver assistance on <c>can2</c> in CAN FD.</summary>
    CarFd,

    /// <summary>A truck: J1939 on <c>can0</c>.</summary>
    Truck,
}

/// <summary>What the driver does.</summary>
public enum DrivePhase : byte
{
    /// <summary>Stands with the ignition on.</summary>
    Parked,

    /// <summary>Starts, stops and turns.</summary>
    City,

    /// <summary>90 to 130 km/h.</summary>
    Motorway,

    /// <summary>Stands at a charging station; a truck idles.</summary>
    Charging,
}

/// <summary>A phase of the drive and how long it lasts.</summary>
/// <param name="Phase">What the driver does.</param>
/// <param name="Duration">Virtual time.</param>
public sealed record DriveLeg(DrivePhase Phase, TimeSpan Duration);

/// <summary>Which vehicle is simulated, when and doing what.</summary>
public sealed record VehicleOptions
{
    /// <summary>Decides every random choice: the same seed gives the same bytes.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Which vehicle.</summary>
    public VehicleVariant Variant { get; init; }

    /// <summary>Beginning in nanoseconds since 1970.</summary>
    public long Start { get; init; } = CaptureBuilder.DefaultStart;

    /// <summary>Virtual time simulated. One cycle of the legs holds every kind of act.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// What the driver does, over and over: five minutes with a stop in the workshop, town, motorway, town and a
    /// charging station, so that ten minutes hold everything twice.
    /// </summary>
    public IReadOnlyList<DriveLeg> Legs { get; init; } =
    [
        new(DrivePhase.Parked, TimeSpan.FromSeconds(30)),
        new(DrivePhase.City, TimeSpan.FromSeconds(80)),
        new(DrivePhase.Motorway, TimeSpan.FromSeconds(75)),
        new(DrivePhase.City, TimeSpan.FromSeconds(40)),
        new(DrivePhase.Charging, TimeSpan.FromSeconds(75)),
    ];

    /// <summary>
    /// True (the default) where a workshop's tester reads the control units while the vehicle is parked, once a cycle.
    /// </summary>
    public bool Workshop { get; init; } = true;

    /// <summary>The time all legs take.</summary>
    public TimeSpan Cycle => TimeSpan.FromTicks(Legs.Sum(leg => leg.Duration.Ticks));
}
