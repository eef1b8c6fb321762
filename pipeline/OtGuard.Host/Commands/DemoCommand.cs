using System.CommandLine;
using System.Diagnostics;
using OtGuard.Host.Output;
using OtGuard.Host.Plant;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle;
using OtGuard.Storage.InfluxDb;

namespace OtGuard.Host.Commands;

/// <summary><c>demo</c>: simulated sites are learned, attacked and watched.</summary>
internal static class DemoCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var seed = new Option<int>("--seed")
        {
            Description = "Another seed is another hour of the sites' life, with other values and moments.",
            DefaultValueFactory = _ => 1,
        };
        var attacks = new Option<string[]>("--attack")
        {
            Description = "Plant this attack or look-alike instead of the usual ones; may be given several times. "
                + "'simulate list' shows them.",
            HelpName = "NAME",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var intensity = new Option<Intensity>("--intensity")
        {
            Description = "How strongly attacks are carried out: low, medium or high (default: medium).",
            HelpName = "LEVEL",
            DefaultValueFactory = _ => Intensity.Medium,
        };
        var keep = new Option<DirectoryInfo?>("--keep")
        {
            Description = "Keep captures, baselines, alerts and evidence in this folder, to go on with them by the other "
                + "verbs.",
            HelpName = "FOLDER",
        };
        var influx = new Option<string?>("--influx")
        {
            Description = "Write deviations, alerts, traffic and values of signals to this InfluxDB server too, as "
                + "http://127.0.0.1:8086; where it asks for a user, name the password's file.",
            HelpName = "URL",
        };
        var database = new Option<string>("--influx-database")
        {
            Description = "The database there; it is made where it is missing.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "otguard",
        };
        var user = new Option<string?>("--influx-user") { Description = "The user there.", HelpName = "NAME" };
        var password = new Option<FileInfo?>("--influx-password-file")
        {
            Description = "The file that holds the user's password.",
            HelpName = "FILE",
        };
        var once = new Option<bool>("--once")
        {
            Description = "End after the summary instead of keeping the page open. So it is wherever nobody looks: in a pipe, "
                + "in a file, in a script.",
        };
        var port = new Option<int>("--port")
        {
            Description = "The port of the page on this machine; where it is taken, a free one (default: 8470).",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => 8470,
        };
        var format = CommonOptions.Format("table", "jsonl");
        var command = new Command(
            "demo", "Show it all on a simulated substation and a car: they are learned, attacked, every attack is explained, and the page "
            + "shows it.")
        {
            seed, attacks, intensity, keep, influx, database, user, password, once, port, format,
        };
        command.SetAction(result => RunAsync(
            Stages(result.GetValue(attacks) ?? [], Strength.Of(result.GetValue(intensity))),
            result.GetValue(seed),
            result.GetValue(keep),
            InfluxFeed.Options(
                result.GetValue(influx), result.GetValue(database)!, result.GetValue(user), result.GetValue(password)),
            result.GetValue(format) == "jsonl",
            !result.GetValue(once) && (surroundings.Answering is not null || IsWatched(result.InvocationConfiguration.Output))
                ? result.GetValue(port)
                : null,
            surroundings,
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error).GetAwaiter().GetResult());
        return command;
    }

    private static async Task<int> RunAsync(
        IReadOnlyList<Stage> stages, int seed, DirectoryInfo? keep, InfluxOptions? influx, bool asJson,
        int? port, Surroundings surroundings, TextWriter output, TextWriter error)
    {
        using var interruption = new Interruption();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token, surroundings.Stop);
        var folder = keep?.FullName ?? Directory.CreateTempSubdirectory("otguard-demo-").FullName;
        Directory.CreateDirectory(folder);
        try
        {
            var clock = Stopwatch.StartNew();
            List<PlantedScore> scores = [];
            await using var feed = influx is null ? null
                : await InfluxFeed.OpenAsync(influx, Path.Combine(folder, "influx.store"), interruption.Token);
            await using var page = port is null && keep is null ? null : DemoPage.Open(folder, surroundings.Time);
            foreach (var stage in stages)
                scores.Add(await ShowAsync(
                    stage, folder, seed, keep is not null, feed, page, asJson, output, error, stop.Token));
            if (feed is not null) error.WriteLine(await feed.FinishAsync(interruption.Token));

            if (asJson) DemoReport.WriteTotalJson(scores, output);
            else DemoReport.WriteTotal(scores, new Tables(output));
            var kept = keep is null ? "" : $" Captures, baselines, alerts and evidence are in {folder}.";
            error.WriteLine($"Done in {clock.Elapsed.TotalSeconds:0.0} s.{kept}");
            error.WriteLine("To bring an incident to a CERT: " + (keep is not null
                ? $"otguard escalate 1 --incident --store {page!.StorePath}"
                : "'otguard demo --once --keep FOLDER' and then 'otguard escalate 1 --incident --store FOLDER/demo.store'"
                    + (port is null ? "." : "; on the page: Incidents, Escalate.")));
            if (port is not null) await page!.ServeAsync(port.Value, surroundings, error, stop.Token);
            return scores.TrueForAll(score => score.IsComplete) ? ExitCodes.Clean : ExitCodes.DeviationsFound;
        }
        finally
        {
            if (keep is null) Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<PlantedScore> ShowAsync(
        Stage stage, string folder, int seed, bool keep, InfluxFeed? feed, DemoPage? page, bool asJson, TextWriter output,
        TextWriter error, CancellationToken cancellation)
    {
        var scene = stage.Scene;
        scene.Stop = cancellation;
        string InFolder(string what) => Path.Combine(folder, $"{scene.Site.Replace(", ", "-", StringComparison.Ordinal)}-{what}");
        error.WriteLine(
            $"Simulating a {scene.Site}: {scene.LearningTime.TotalMinutes:0} minutes of normal life to learn from, then "
            + $"{stage.Attacked.TotalMinutes:0} minutes with {Count(stage.Plan)} ...");
        var learning = InFolder("learning" + scene.Extension);
        var normal = scene.WriteNormal(learning, seed);
        cancellation.ThrowIfCancellationRequested();
        var attacked = scene.WritePlanted(InFolder("attacked" + scene.Extension), ~seed, stage.Attacked, stage.Plan);
        cancellation.ThrowIfCancellationRequested();
        error.WriteLine($"Learning from {normal.Frames:N0} frames ...");
        var baseline = LearnCommand.Learn(
            [learning], FrameSelection.All, new LearningOptions(), error, cancellation, lapse: scene.LearningTime);
        if (keep)
        {
            using var file = File.Create(InFolder("learned.baseline"));
            baseline.Save(file);
        }

        error.WriteLine($"Judging {attacked.Summary.Frames:N0} frames ...");
        using var judging = new JudgingRun(
            [attacked.Path], baseline, FrameSelection.All, verdicts: null, Progress.OnTerminal(error, "Judging"));
        feed?.Watch(judging, scene.Site);
        page?.Watch(judging, baseline, scene.Site);
        judging.ReadToEnd(cancellation);
        if (feed is not null) await feed.TakeAsync(judging, cancellation);
        if (page is not null) await page.TakeAsync(judging, baseline, scene.Site, attacked.Path, cancellation);
        var score = PlantedScore.Of(attacked, judging.Deviations);
        if (asJson) DemoReport.WriteJson(scene.Site, judging, score, output);
        else DemoReport.WriteText(scene.Site, judging, baseline, score, new Tables(output));
        return score;
    }

    /// <summary>Whether somebody sees what is written.</summary>
    private static bool IsWatched(TextWriter output) => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>
    /// What is shown: both sites with the usual attacks, or the sites that the named events belong to.
    /// </summary>
    private static List<Stage> Stages(string[] names, Strength strength)
    {
        var substation = new SubstationScene { LearningTime = DemoScenario.SubstationLearning };
        if (names.Length == 0)
        {
            return
            [
                new(
                    substation, DemoScenario.SubstationAttacked,
                    [.. DemoScenario.SubstationPlan.Select(planned => new Planting(planned.Attack, planned.At, strength))]),
                new(
                    new VehicleScene { LearningTime = DemoScenario.VehicleLearning }, DemoScenario.VehicleAttacked,
                    [.. DemoScenario.VehiclePlan.Select(planned => new Planting(planned.Attack, planned.At, strength))]),
            ];
        }

        List<SimulatedScene> scenes =
        [
            substation,
            .. from variant in Enum.GetValues<VehicleVariant>()
               from ethernet in (bool[])[false, true]
               select new VehicleScene
               {
                   LearningTime = DemoScenario.VehicleLearning, Variant = variant, IsEthernet = ethernet,
               },
        ];
        var named = names.Distinct().Select(Find).ToList();
        return
        [
            .. from scene in scenes
               let fitting = named.Where(scene.Fits).ToList()
               where fitting.Count > 0
               select new Stage(
                   scene,
                   scene == substation ? DemoScenario.SubstationAttacked : DemoScenario.VehicleAttacked * 2,
                   Spread(scene, fitting, strength)),
        ];
    }

    // On the substation they follow each other; in a vehicle each has its phase of the drive.
    private static List<Planting> Spread(SimulatedScene scene, List<IPlantedEvent> events, Strength strength) =>
    [
        .. events.Select((planted, i) => new Planting(
            planted,
            scene is SubstationScene ? DemoScenario.SubstationAttacked * (i + 1.0) / (events.Count + 2) : null,
            strength)),
    ];

    private static IPlantedEvent Find(string name) =>
        (IPlantedEvent?)AttackCatalogue.Find(name) ?? VehicleAttackCatalogue.Find(name)
        ?? throw new UsageException($"There is no attack or look-alike '{name}': 'otguard simulate list' shows what there is.");

    private static string Count(IReadOnlyList<Planting> plan)
    {
        var attacks = plan.Count(planting => planting.Event.IsAttack);
        var lookAlikes = plan.Count - attacks;
        List<string> parts = [];
        if (attacks > 0) parts.Add(attacks == 1 ? "an attack" : $"{attacks} attacks");
        if (lookAlikes > 0) parts.Add(lookAlikes == 1 ? "a benign look-alike" : $"{lookAlikes} benign look-alikes");
        return string.Join(" and ", parts);
    }

    private sealed record Stage(SimulatedScene Scene, TimeSpan Attacked, IReadOnlyList<Planting> Plan);
}
