using OtGuard.Host.Commands;
using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Attacks;

namespace OtGuard.Host.Runs;

/// <summary>What is to be simulated.</summary>
/// <param name="Site">Which site.</param>
/// <param name="Seed">Decides every random choice.</param>
/// <param name="Start">Where its time begins, in nanoseconds since 1970.</param>
/// <param name="Duration">How long its time lasts.</param>
/// <param name="Life">By what the substation's acts are planned.</param>
/// <param name="Poll">How often the substation's values are read; null for as often as usual.</param>
/// <param name="Attacks">Names of what is planted.</param>
/// <param name="At">When the first one begins; null for moments that suit them.</param>
/// <param name="Strength">How strongly.</param>
internal sealed record SimulationRequest(
    SimulatedSite Site, int Seed, long Start, TimeSpan Duration, StationLifeKind Life, TimeSpan? Poll,
    IReadOnlyList<string> Attacks, TimeSpan? At, Strength Strength)
{
    private static readonly TimeSpan Apart = TimeSpan.FromMinutes(1);

    // Those that suit the same moment of a drive follow each other.
    private static readonly TimeSpan Following = TimeSpan.FromSeconds(40);

    public SubstationOptions Substation
    {
        get
        {
            var options = new SubstationOptions { Seed = Seed, Start = Start, Duration = Duration, Life = Life };
            return Poll is { } period ? options.Thinned(period) : options;
        }
    }

    public VehicleOptions Vehicle => new()
    {
        Seed = Seed,
        Start = Start,
        Duration = Duration,
        Variant = Site.Vehicle ?? VehicleVariant.Car,
    };

    /// <summary>What is planted in the substation and in the vehicle, and when.</summary>
    /// <param name="within">The time in which moments are chosen that were not given.</param>
    /// <exception cref="UsageException">Something cannot be planted.</exception>
    public (IReadOnlyList<PlannedEvent> Substation, IReadOnlyList<PlannedVehicleEvent> Vehicle) Plan(TimeSpan within)
    {
        List<PlannedEvent> substation = [];
        List<PlannedVehicleEvent> vehicle = [];
        var vehicleOptions = Vehicle with { Duration = within };
        for (var i = 0; i < Attacks.Count; i++)
        {
            switch (Site.Find(Attacks[i]))
            {
                case IAttack attack:
                    substation.Add(new PlannedEvent((At ?? within / 2) + Apart * (At is null ? substation.Count : i), attack, Strength));
                    break;
                case IVehicleAttack attack:
                    var moment = At + Apart * i ?? VehicleGenerator.MomentFor(attack, vehicleOptions);
                    while (At is null && vehicle.Exists(other => (other.At - moment).Duration() < Following)) moment += Following;
                    vehicle.Add(new PlannedVehicleEvent(moment, attack, Strength));
                    break;
                default:
                    throw new UsageException(
                        $"There is no attack or look-alike '{Attacks[i]}' for {Site.Name}: 'otguard simulate list' shows what there is.");
            }
        }

        List<(TimeSpan At, IPlantedEvent Event)> planted =
            [.. substation.Select(entry => (entry.At, (IPlantedEvent)entry.Attack)), .. vehicle.Select(entry => (entry.At, (IPlantedEvent)entry.Attack))];
        RequirePossible(planted);
        return (substation, vehicle);
    }

    private void RequirePossible(List<(TimeSpan At, IPlantedEvent Event)> planted)
    {
        foreach (var (at, what) in planted)
        {
            if (at >= Duration)
                throw new UsageException($"'{what.Name}' would begin at {at:g}, after the end of the simulated time ({Duration:g}).");
        }

        foreach (var name in Strength.Set.Keys)
        {
            if (!planted.Exists(entry => entry.Event.Parameters.Any(parameter => parameter.Name == name)))
            {
                throw new UsageException(
                    $"Nothing that is planted has a parameter '{name}': 'otguard simulate list --format jsonl' shows those of each.");
            }
        }
    }
}
