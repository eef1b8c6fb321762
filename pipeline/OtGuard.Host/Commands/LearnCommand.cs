using System.CommandLine;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Host.Live;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Models.MlNet;
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
        var command = new Command("learn", "Learn what is normal from clean traffic and write it to a baseline file.")
        {
            captures, output, frames, set, format, dbc, columns, live.Acknowledge, live.Duration,
        };
        command.SetAction(result => Run(
            live.Apply(result, result.GetRequiredValue(captures)),
            result.GetRequiredValue(output),
            result.GetValue(frames) ?? FrameSelection.All,
            Settings(result.GetValue(set) ?? []),
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
        TimeSpan? lapse = null)
    {
        var protocols = OfflineRun.Protocols(database);
        var learner = new BaselineLearner(
            protocols, frames, options with { Files = [.. captures.Select(path => Path.GetFileName(path))] });
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
        return baseline;
    }

    private static int Run(
        string[] captures,
        FileInfo file,
        FrameSelection frames,
        LearningOptions options,
        bool asJson,
        FileInfo[] dbc,
        CanColumns? columns,
        TextWriter output,
        TextWriter error)
    {
        using var interruption = new Interruption();
        RequireReplaceable(file);
        var baseline = Learn(
            captures, frames, options, error, interruption.Token, CommonOptions.ReadDatabase(dbc, error), columns);
        Save(baseline, file);
        BaselineReport.Write(baseline, file.FullName, asJson, output);
        return ExitCodes.Clean;
    }

    /// <summary>Refuses what is there and is no baseline: a capture given by mistake cannot be recorded again.</summary>
    private static void RequireReplaceable(FileInfo file)
    {
        if (Directory.Exists(file.FullName)) throw new IOException($"'{file}' is a folder, not a file to write a baseline to.");
        if (file.Directory is { Exists: false } folder) throw new IOException($"The folder '{folder}' does not exist.");
        if (!file.Exists || file.Length == 0) return;
        using var stream = file.OpenRead();
        if (!Baseline.IsBaseline(stream)) throw new UsageException($"'{file}' exists and is no baseline: it is left as it is.");
    }

    private static LearningOptions Settings(string[] settings)
    {
        var options = new LearningOptions();
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

    /// <summary>Writes beside the file and then moves, so that an interrupted run leaves the old baseline whole.</summary>
    private static void Save(Baseline baseline, FileInfo file)
    {
        if (file is { Exists: true, Length: 0 })
        {
            // Nothing to protect, and it may be a device or a pipe, which must not be replaced by a file.
            using var stream = file.OpenWrite();
            baseline.Save(stream);
            return;
        }

        var beside = file.FullName + ".part";
        try
        {
            using (var stream = File.Create(beside)) baseline.Save(stream);
            File.Move(beside, file.FullName, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
