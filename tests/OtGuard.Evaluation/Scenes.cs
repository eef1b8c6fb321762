using OtGuard.Host.Commands;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle;

namespace OtGuard.Evaluation;

/// <summary>A simulated site whose baseline is learned once, and on which any event is tried.</summary>
internal sealed class TrialSite(SimulatedScene scene, TimeSpan length, TimeSpan? at)
{
    /// <summary>
    /// The seed that is learned from. It and those from <see cref="FirstTrialSeed"/> on serve this table alone: nothing
    /// else uses them, and no detector was built with them.
    /// </summary>
    public const int LearningSeed = 9001;

    /// <summary>The seed of the first trial; each has its own.</summary>
    public const int FirstTrialSeed = 9101;

    private readonly Lazy<Baseline> _baseline = new(() => Learn(scene));

    public SimulatedScene Scene => scene;

    /// <summary>Virtual time of a trial.</summary>
    public TimeSpan Length => length;

    /// <summary>Every site, the substation first.</summary>
    public static IReadOnlyList<TrialSite> All { get; } =
    [
        new(new SubstationScene { LearningTime = TimeSpan.FromMinutes(60) }, TimeSpan.FromMinutes(16), TimeSpan.FromMinutes(2)),
        .. from variant in Enum.GetValues<VehicleVariant>()
           from ethernet in (bool[])[false, true]
           let scene = new VehicleScene { LearningTime = TimeSpan.FromMinutes(20), Variant = variant, IsEthernet = ethernet }
           where VehicleAttackCatalogue.All.Any(scene.Fits)
           select new TrialSite(scene, TimeSpan.FromMinutes(9), null),
    ];

    /// <summary>Every event, those of the substation first.</summary>
    public static IReadOnlyList<IPlantedEvent> Events { get; } = [.. AttackCatalogue.All, .. VehicleAttackCatalogue.All];

    /// <summary>The site an event belongs to.</summary>
    public static TrialSite Of(IPlantedEvent planted) => All.First(site => site.Scene.Fits(planted));

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

    private static Baseline Learn(SimulatedScene scene)
    {
        var path = Path.Combine(Path.GetTempPath(), $"otguard-trial-{Guid.NewGuid():N}{scene.Extension}");
        try
        {
            scene.WriteNormal(path, LearningSeed);
            return LearnCommand.Learn(
                [path], FrameSelection.All, new LearningOptions(), TextWriter.Null, CancellationToken.None);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
