using System.CommandLine;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Host.Live;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Models.MlNet;
using OtGuard.Models.Scoring;
using OtGuard.Models.Training;

namespace OtGuard.Host.Commands;

/// <summary><c>learn</c>: a baseline from clean traffic.</summary>
internal static class LearnCommand
{
    public static Command Create()
    {
        var captures = CommonOptions.Captures();
        var live = new LiveOptions();
        var output = new Option<FileInfo>("--output", "-o")
        {
            Description = "The baseline file to write: text that a person can review and a diff tool can compare.",
            HelpName = "BASELINE",
            Required = true,
        };
        var frames = CommonOptions.Frames("Learn from these frames only; the others still feed the decoders.");
        var format = CommonOptions.Format("table", "jsonl");
        var dbc = CommonOptions.Dbc();
        var columns = CommonOptions.Columns();
        var set = new Option<string[]>("--set")
        {
            Description = $"Change a setting of learning; may be given several times. Settings: {string.Join(", ", LearningOptions.Names)}.",
            HelpName = "NAME=VALUE",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var extend = new Option<FileInfo?>("--extend")
        {
            Description = "Go on with this baseline: its facts are united with those of the captures, its models kept where "
                + "the captures show nothing of the kind. The settings are its own where --set does not change them.",
            HelpName = "OLD",
        };
        var names = CommonOptions.Names("it goes into the baseline, and deviations name the points by it.");
        var budget = CommonOptions.Budget("Say how long learning has to be for this budget of false alarms.");
        var command = new Command("learn", "Learn what is normal from clean traffic and write it to a baseline file.")
        {
            captures, output, extend, frames, set, names, budget, format, dbc, columns, live.Acknowledge, live.Duration,
        };
        command.SetAction(result => Run(
            live.Apply(result, result.GetRequiredValue(captures)),
            result.GetRequiredValue(output),
            result.GetValue(frames) ?? FrameSelection.All,
            result.GetValue(set) ?? [],
            result.GetValue(extend),
            result.GetValue(names),
            result.GetValue(budget) ?? AlarmBudget.Default,
            result.GetValue(format) == "jsonl",
            result.GetValue(dbc) ?? [],
            result.GetValue(columns),
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

    /// <summary>Learns a baseline from captures; says how it gets on where it is told how long they are.</summary>
    public static Baseline Learn(
        IReadOnlyList<string> captures,
        FrameSelection frames,
        LearningOptions options,
        TextWriter error,
        CancellationToken cancellation,
        DbcDatabase? database = null,
        CanColumns? columns = null,
        TimeSpan? lapse = null,
        Baseline? earlier = null,
        FileInfo? names = null,
        Action<TrainingTrace>? trained = null)
    {
        var protocols = OfflineRun.Protocols(database);
        var learner = new BaselineLearner(
            protocols,
            frames,
            options with
            {
                Files = [.. captures.Select(path => Path.GetFileName(path))],
                NameMap = CommonOptions.ReadNames(names, protocols) ?? options.NameMap,
            },
            earlier);
        var shown = lapse is { } length ? new TimeLapse(learner, length, error) : null;
        using var run = new OfflineRun(
            captures, protocols, (IObservationConsumer?)shown ?? learner,
            shown is null ? Progress.OnTerminal(error, "Learning") : null, columns);
        Notices.WriteSources(run, error);
        run.ReadToEnd(cancellation);
        shown?.Finish();
        Notices.Write(run, error, alreadyShown: false);
        CommonOptions.RequireSelected(frames, run.Frames);
        if (run.Frames == 0) throw new UnreadableCaptureException("The captures hold no frame: there is nothing to learn.");
        var training = Progress.OnTerminal(error, "Training");
        var baseline = learner.Complete(new MlNetTrainer(), training is null ? null : training.Step, cancellation);
        training?.Clear();
        trained?.Invoke(learner.Trace);
        return baseline;
    }

    private static int Run(
        string[] captures,
        FileInfo file,
        FrameSelection frames,
        string[] settings,
        FileInfo? extend,
        FileInfo? names,
        AlarmBudget budget,
        bool asJson,
        FileInfo[] dbc,
        CanColumns? columns,
        TextWriter output,
        TextWriter error)
    {
        using var interruption = new Interruption();
        var kept = new BaselineFile(file);
        kept.RequireReplaceable();
        var earlier = extend is null ? null : new BaselineFile(extend).Load();
        var options = Settings(earlier?.Options ?? new LearningOptions(), settings);
        TrainingTrace? trace = null;
        var baseline = Learn(
            captures, frames, options, error, interruption.Token, CommonOptions.ReadDatabase(dbc, error), columns,
            earlier: earlier, names: names, trained: used => trace = used);
        kept.Save(baseline);
        var report = new BaselineReport(baseline, file.FullName, asJson, output);
        report.WriteSummary();
        report.WriteReach(budget, trace);
        return ExitCodes.Clean;
    }

    private static LearningOptions Settings(LearningOptions options, string[] settings)
    {
        foreach (var setting in settings)
        {
            var at = setting.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new UsageException($"--set takes NAME=VALUE, not '{setting}'.");
            try
            {
                options = options.With(setting[..at], setting[(at + 1)..]);
            }
            catch (Exception fault) when (fault is FormatException or OverflowException)
            {
                throw new UsageException(
                    $"--set {setting}: {fault.Message.TrimEnd('.')}. Settings: {string.Join(", ", LearningOptions.Names)}.", fault);
            }
        }

        return options;
    }
}
