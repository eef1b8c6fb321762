using System.CommandLine;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Host.Live;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Models.Scoring;

namespace OtGuard.Host.Commands;

/// <summary><c>detect</c>: what deviates from a baseline.</summary>
internal static class DetectCommand
{
    public static Command Create()
    {
        var captures = CommonOptions.Captures();
        var live = new LiveOptions();
        var baseline = new Option<FileInfo>("--baseline", "-b")
        {
            Description = "What is normal: a file written by 'otguard learn'.",
            HelpName = "BASELINE",
            Required = true,
        };
        var frames = CommonOptions.Frames("Judge these frames only; the others still feed the decoders.");
        var format = new Option<string>("--format")
        {
            Description = "table; jsonl, one JSON object a line; csv, a verdict for every frame; summary, counts only; "
                + "junit and sarif, for pipelines: a test case for each kind of deviation, or SARIF 2.1.0.",
            DefaultValueFactory = _ => "table",
        };
        format.AcceptOnlyFromAmong("table", "jsonl", "csv", "summary", "junit", "sarif");
        var dbc = CommonOptions.Dbc();
        var columns = CommonOptions.Columns();
        var labels = new Option<FileInfo?>("--labels")
        {
            Description = "Labels to hold the verdicts against: one row a frame (1/0, T/R, or words with "
                + "--label-normal), or intervals of frame numbers (start,end); 'same' takes the label column of the "
                + "capture itself, where it is a table that has one.",
            HelpName = "FILE",
        };
        var column = new Option<string?>("--label-column")
        {
            Description = "Name or 1-based number of the label column. Default: found in the header, else the last column.",
            HelpName = "NAME|N",
        };
        var normal = new Option<string?>("--label-normal")
        {
            Description = "The word in the label column that means normal; every other one is an attack.",
            HelpName = "WORD",
        };
        var slice = new Option<FileInfo?>("--slice")
        {
            Description = "Write the frames around each deviation, twenty before and twenty after, to this file: as "
                + "'candump -l' where the captures hold CAN frames only, else as pcapng.",
            HelpName = "FILE",
        };
        var eventMap = new Option<FileInfo?>("--event-map")
        {
            Description = "AUTOSAR security events by kind of deviation, in place of the specification's: five columns "
                + "divided by tabs (kind, outcome, id, name, source).",
            HelpName = "FILE",
        };
        var names = CommonOptions.Names("names for this run, in place of those of the baseline.");
        var budget = CommonOptions.Budget("How many false alarms of the models can be looked into; their thresholds follow from it.");
        var signature = Trust.Signature();
        var approvals = Trust.Approvals();
        var store = StoreOptions.Optional(
            "Keep the deviations in this store too, and raise alerts and incidents from them: 'otguard alerts' shows them. "
            + "The same captures judged again change nothing.");
        var indicators = new Option<DirectoryInfo?>("--indicators")
        {
            Description = "Look for what partners saw attackers use: the folder 'intel' of the exchange folder, which 'otguard intel' fills.",
            HelpName = "FOLDER",
        };
        var command = new Command("detect", "Judge captures by a baseline and say what deviates, where, and why.")
        {
            captures, baseline, frames, format, labels, column, normal, slice, dbc, columns, eventMap,
            names, budget, signature, approvals, store, indicators, live.Acknowledge, live.Duration,
        };
        command.SetAction(result => Run(
            live.Apply(result, result.GetRequiredValue(captures)),
            result.GetRequiredValue(baseline),
            result.GetValue(frames) ?? FrameSelection.All,
            result.GetValue(format)!,
            result.GetValue(labels),
            result.GetValue(slice),
            result.GetValue(dbc) ?? [],
            result.GetValue(columns),
            result.GetValue(eventMap),
            result.GetValue(names),
            result.GetValue(budget) ?? AlarmBudget.Default,
            result.GetValue(signature),
            result.GetValue(approvals),
            result.GetValue(store),
            result.GetValue(indicators),
            new LabelOptions { Column = result.GetValue(column), NormalWord = result.GetValue(normal) },
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(
        string[] captures,
        FileInfo baselineFile,
        FrameSelection frames,
        string format,
        FileInfo? labelFile,
        FileInfo? slice,
        FileInfo[] dbc,
        CanColumns? columns,
        FileInfo? eventMap,
        FileInfo? names,
        AlarmBudget budget,
        FileInfo? signature,
        int? approvals,
        FileInfo? store,
        DirectoryInfo? indicators,
        LabelOptions labelOptions,
        TextWriter output,
        TextWriter error)
    {
        if (labelFile is null && labelOptions is not { Column: null, NormalWord: null })
            throw new UsageException("--label-column and --label-normal say how --labels is read, and there is no --labels.");
        if (slice is not null) CaptureSlice.RequireReadableTwice(captures, slice);
        using var interruption = new Interruption();
        var baseline = new BaselineFile(baselineFile).Load();
        Trust.Require(baseline, baselineFile.Name, signature, approvals);
        var events = eventMap is null ? null : ReadEvents(eventMap);
        var isOwn = labelFile is { Name: "same", Exists: false };
        var labels = labelFile is null ? null : isOwn ? new FrameLabels(labelOptions) : ReadLabels(labelFile, labelOptions);
        var verdicts = labels is not null || slice is not null || format == "csv" ? new VerdictLog(frames) : null;
        using var judging = new JudgingRun(captures, baseline, frames, verdicts, Progress.OnTerminal(error, "Judging"),
            CommonOptions.ReadDatabase(dbc, error), columns, budget, names,
            SoughtIndicators.Read(indicators, TimeProvider.System));
        if (isOwn) judging.Run.Labels = labels;
        Notices.WriteSources(judging.Run, error);
        judging.ReadToEnd(interruption.Token);
        if (isOwn && labels!.Count == 0)
            throw new UsageException("--labels same: no frame of the captures carries a label; name its column with --columns label=N.");
        CommonOptions.RequireSelected(frames, judging.Run.Frames);
        var evaluation = labels is null
            ? null
            : Evaluation.Of(judging.Run.Frames, verdicts!.Verdicts(judging.Deviations), judging.Deviations, labels.IsAttack);
        switch (format)
        {
            case "junit":
                JunitReport.Write(judging, captures, evaluation, output);
                break;
            case "sarif":
                SarifReport.Write(judging, captures, evaluation, output);
                break;
            default:
                DeviationReport.Write(judging, verdicts, evaluation, format, output, events);
                break;
        }

        if (store is not null) StoreFeed.Take(judging, store, error);
        if (slice is not null)
            error.WriteLine($"{slice.Name}: {CaptureSlice.Write(judging, verdicts!, captures, columns, slice):N0} frames around deviations.");
        Notices.Write(judging.Run, error, alreadyShown: false);
        if (labels is { AreIntervals: false } && labels.Count < Math.Min(judging.Run.Frames, frames.Last))
            error.WriteLine(
                $"{labelFile!.Name}: the labels end with frame {labels.Count}; the frames behind it count as normal.");
        return judging.Deviations.Any(deviation => !deviation.IsInformation) ? ExitCodes.DeviationsFound : ExitCodes.Clean;
    }

    private static SecurityEventMap ReadEvents(FileInfo file)
    {
        try
        {
            using var reader = file.OpenText();
            return SecurityEventMap.Read(reader);
        }
        catch (FormatException fault)
        {
            throw new UsageException($"--event-map {file.Name}: {fault.Message}");
        }
    }

    private static FrameLabels ReadLabels(FileInfo file, LabelOptions options)
    {
        if (Directory.Exists(file.FullName)) throw new LabelFormatException($"'{file}' is a folder, not a file of labels.");
        try
        {
            using var reader = file.OpenText();
            return FrameLabels.Read(reader, options);
        }
        catch (LabelFormatException fault)
        {
            throw new LabelFormatException($"{file.Name}: {fault.Message}", fault);
        }
    }
}
