using OtGuard.Host.Commands;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle;

namespace OtGuard.Evaluation;

/// <summary>The seeds of trials.</summary>
/// <param name="Learning">The one that is learned from.</param>
/// <param name="First">That of the first trial; each has its own.</param>
internal sealed record TrialSeeds(int Learning, int First)
{
    /// <summary>Those of the tables. They serve these alone: nothing else uses them, and no detector was built with them.</summary>
    public static readonly TrialSeeds Tables = new(7_300_001, 7_400_001);

    /// <summary>Those to build detectors with.</summary>
    public static readonly TrialSeeds Development = new(5_000_001, 5_000_101);

    /// <summary>Another set of trials, judged by what was learned from the same seed.</summary>
    public TrialSeeds Next(int set) => this with { First = First + (set * 10_000_019) };
}

/// <summary>A simulated site whose baseline is learned once, and on which any event is tried.</summary>
internal sealed class TrialSite(SimulatedScene scene, TimeSpan length, TimeSpan? at, int learningSeed)
{
    private readonly Lazy<Baseline> _baseline = new(() => Learn(scene, learningSeed));

    public SimulatedScene Scene => scene;

    /// <summary>Virtual time of a trial.</summary>
    public TimeSpan Length => length;

    /// <summary>
    /// Of the substation two days are learned: before a monitor of a plant raises alarms it has seen each hour and each shift, twice.
    /// </summary>
    public static readonly TimeSpan SubstationLearning = TimeSpan.FromHours(48);

    /// <summary>Of the substation twenty minutes are judged.</summary>
    public static readonly TimeSpan SubstationLength = TimeSpan.FromMinutes(20);

    /// <summary>
    /// After six minutes the attack begins: by then every OPC UA session was seen from its beginning, as a monitor has that
    /// runs for days.
    /// </summary>
    public static readonly TimeSpan SubstationMoment = TimeSpan.FromMinutes(6);

    /// <summary>Of a vehicle nine.</summary>
    public static readonly TimeSpan VehicleLength = TimeSpan.FromMinutes(9);

    /// <summary>Of a vehicle some drives: an hour and a half.</summary>
    public static readonly TimeSpan VehicleLearning = TimeSpan.FromMinutes(90);

    /// <summary>Every site, the substation first.</summary>
    public static IReadOnlyList<TrialSite> All(TrialSeeds seeds) =>
    [
        new(
            new SubstationScene { LearningTime = SubstationLearning }, SubstationLength, SubstationMoment,
            seeds.Learning),
        .. from variant in Enum.GetValues<VehicleVariant>()
           from ethernet in (bool[])[false, true]
           let scene = new VehicleScene { LearningTime = VehicleLearning, Variant = variant, IsEthernet = ethernet }
           where VehicleAttackCatalogue.All.Any(scene.Fits)
           select new TrialSite(scene, VehicleLength, null, seeds.Learning),
    ];

    /// <summary>Every event, those of the substation first.</summary>
    public static IReadOnlyList<IPlantedEvent> Events { get; } = [.. AttackCatalogue.All, .. VehicleAttackCatalogue.All];


    /// <summary>Judges life with an event planted, or without one.</summary>
    public PlantedScore Try(IPlantedEvent? planted, Strength strength, int seed, TimeSpan? until = null)
    {
        var path = Path.Combine(Path.GetTempPath(), $"otguard-trial-{Guid.NewGuid():N}{scene.Extension}");
        try
        {
            var capture = scene.WritePlanted(
                path, seed, until ?? length, planted is null ? [] : [new Planting(planted, at, strength)]);
            using var run = new JudgingRun([path], _baseline.Value, FrameSelection.All, verdicts: null, progress: null);
            run.ReadToEnd(CancellationToken.None);
            return PlantedScore.Of(capture, run.Deviations);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Baseline Learn(SimulatedScene scene, int seed)
    {
        var path = Path.Combine(Path.GetTempPath(), $"otguard-trial-{Guid.NewGuid():N}{scene.Extension}");
        try
        {
            scene.WriteNormal(path, seed);
            return LearnCommand.Learn(
                [path], FrameSelection.All, new LearningOptions(), TextWriter.Null, CancellationToken.None);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
