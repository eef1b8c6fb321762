using System.CommandLine;
using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Host.Configuration;
using OtGuard.Host.Output;
using OtGuard.Storage.Embedded;
using OtGuard.Storage.Traffic;

namespace OtGuard.Host.Commands;

/// <summary><c>alerts evidence</c>: the traffic that shows an alert, as a capture.</summary>
internal static class EvidenceCommand
{
    public static Command Create()
    {
        var (store, alert) = (StoreOptions.Required(), AlertsCommand.Alert());
        var output = new Option<FileInfo>("--output", "-o")
        {
            Description = "The capture to write: pcapng, or what 'candump -l' writes where its name ends in .log. Several "
                + "deviations become one capture, in the order of time.",
            HelpName = "FILE",
            Required = true,
        };
        var evidence = new Option<DirectoryInfo?>("--evidence")
        {
            Description = "The folder of evidence. Default: 'evidence' beside the store, where the service keeps it.",
            HelpName = "FOLDER",
        };
        var command = new Command(
            "evidence",
            "Write the frames that show an alert, with those before and after, as 'otguard run' kept them when it was raised.")
        {
            alert, output, evidence, store,
        };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var id = result.GetRequiredValue(alert);
            var found = await open.FindAlertAsync(id, default)
                ?? throw new AlertDeskException($"There is no alert {id}.");
            var folder = result.GetValue(evidence)?.FullName
                ?? Path.Combine(
                    Path.GetDirectoryName(StoreOptions.PathOf(result.GetValue(store)))!,
                    ConfigurationFile.EvidenceFolder);
            return await WriteAsync(
                found, open, new EvidenceFolder(folder), folder, result.GetRequiredValue(output),
                result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        }));
        return command;
    }

    private static async Task<int> WriteAsync(
        Alert alert, EmbeddedStore store, EvidenceFolder evidence, string folder, FileInfo file, TextWriter output,
        TextWriter error)
    {
        var captures = await evidence.FindOfAlertAsync(store, alert.Id, CancellationToken.None);
        if (captures.Count == 0)
        {
            error.WriteLine(
                $"There is no evidence of alert {alert.Number} in {folder}: the service keeps it unless traffic.keep is "
                + "false, until evidence.maximumBytes is used up. --evidence names another folder.");
            return ExitCodes.Unreadable;
        }

        var frames = file.Extension == ".log"
            ? await WriteCandumpAsync(captures, evidence, file)
            : await WriteCaptureAsync(captures, evidence, file);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{file}: {frames:N0} frames, of {captures.Count:N0} of {alert.Deviations:N0} deviations "
            + $"of alert {alert.Number}."));
        if (captures is [{ Sha256: { } hash }] && file.Extension != ".log") output.WriteLine($"SHA-256 {hash}");
        return ExitCodes.Clean;
    }

    /// <summary>One capture is copied as it is, so that its hash stays what was noted when it was kept.</summary>
    private static async Task<long> WriteCaptureAsync(
        IReadOnlyList<EvidenceCapture> captures, EvidenceFolder evidence, FileInfo file)
    {
        await using (var stream = file.Create())
        {
            if (captures is not [var single])
                return (await evidence.MergeAsync(captures, stream, CancellationToken.None)).Frames;
            await using var kept = evidence.Open(single);
            await kept.CopyToAsync(stream);
        }

        using var source = CaptureFiles.Open([file.FullName]);
        while (source.TryRead(out _))
        {
            // Counted by the source.
        }

        return source.Files.Sum(report => report.Interfaces.Sum(one => one.Frames));
    }

    private static async Task<long> WriteCandumpAsync(
        IReadOnlyList<EvidenceCapture> captures, EvidenceFolder evidence, FileInfo file)
    {
        var merged = Path.GetTempFileName();
        try
        {
            await using (var stream = File.Create(merged))
                await evidence.MergeAsync(captures, stream, CancellationToken.None);
            return CaptureSlice.ToCandump(merged, file);
        }
        finally
        {
            File.Delete(merged);
        }
    }
}
