using System.CommandLine;
using System.Diagnostics;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Simulators;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Commands;

/// <summary><c>demo</c>: a simulated substation is learned, attacked and watched.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var seed = new Option<int>("--seed")
        {
            Description = "Another seed is another hour of the substation's life, with other values and moments.",
            DefaultValueFactory = _ => 1,
        };
        var keep = new Option<DirectoryInfo?>("--keep")
        {
            Description = "Keep the captures and the baseline in this folder, to look at them with the other verbs.",
            HelpName = "FOLDER",
        };
        var format = CommonOptions.Format("table", "jsonl");
        var command = new Command(
            "demo", "Show it all on a simulated substation: it is learned, attacked, and every attack is explained.")
        {
            seed, keep, format,
        };
        command.SetAction(result => Run(
            result.GetValue(seed),
            result.GetValue(keep),
            result.GetValue(format) == "jsonl",
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(int seed, DirectoryInfo? keep, bool asJson, TextWriter output, TextWriter error)
    {
        using var interruption = new Interruption();
        var folder = keep?.FullName ?? Directory.CreateTempSubdirectory("otguard-demo-").FullName;
        try
        {
            return Run(folder, seed, keep is not null, asJson, output, error, interruption.Token);
        }
        finally
        {
            if (keep is null) Directory.Delete(folder, recursive: true);
        }
    }

    private static int Run(
        string folder, int seed, bool keep, bool asJson, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        error.WriteLine(
            $"Simulating a substation: {DemoScenario.LearningTime.TotalMinutes:0} minutes of normal life to learn from, then "
            + $"{DemoScenario.AttackedTime.TotalMinutes:0} minutes with {DemoScenario.Plan.Count} attacks ...");
        var (captures, frames) = Simulate(folder, seed);
        cancellation.ThrowIfCancellationRequested();
        error.WriteLine($"Learning from {captures.Learning.Frames:N0} frames ...");
        var baseline = LearnCommand.Learn(
            [DemoScenario.LearningPath(folder)], FrameSelection.All, new LearningOptions(), error, cancellation);
        if (keep)
        {
            using var file = File.Create(Path.Combine(folder, "substation.baseline"));
            baseline.Save(file);
        }

        error.WriteLine($"Judging {captures.Attacked.Frames:N0} frames ...");
        using var judging = new JudgingRun(
            [DemoScenario.AttackedPath(folder)], baseline, FrameSelection.All, verdicts: null, Progress.OnTerminal(error, "Judging"));
        judging.ReadToEnd(cancellation);
        var result = DemoResult.Of(captures.Planted, frames, judging.Deviations);
        if (asJson) DemoReport.WriteJson(judging, result, output);
        else DemoReport.WriteText(judging, baseline, result, new Tables(output));
        error.WriteLine($"Done in {clock.Elapsed.TotalSeconds:0.0} s.{(keep ? $" The captures and the baseline are in {folder}." : "")}");
        return result.IsComplete ? ExitCodes.Clean : ExitCodes.DeviationsFound;
    }

    private static (DemoCaptures Captures, PlantedFrames Frames) Simulate(string folder, int seed)
    {
        Directory.CreateDirectory(folder);
        using var learning = File.Create(DemoScenario.LearningPath(folder));
        using var attacked = File.Create(DemoScenario.AttackedPath(folder));
        var frames = new PlantedFrames(new PcapWriter(attacked));
        return (DemoScenario.Write(new PcapWriter(learning), frames, seed), frames);
    }
}
