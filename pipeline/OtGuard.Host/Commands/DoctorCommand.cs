using System.CommandLine;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Live;
using OtGuard.Collectors.Can.Live.Pcan;
using OtGuard.Host.Capturing;
using OtGuard.Host.Live;
using OtGuard.Host.Output;

namespace OtGuard.Host.Commands;

/// <summary>
/// <c>doctor</c>: what this machine can listen on, what to type so that it can, and what keeps it from sending; with a
/// configuration, whether everything it names is in place.
/// </summary>
internal static class DoctorCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var configuration = new Option<FileInfo?>("--config")
        {
            Description = "Check what a configuration names: each source, the baselines, the site, the store, and each "
                + "destination.",
            HelpName = "FILE",
        };
        var sendTest = new Option<string?>("--send-test")
        {
            Description = "With --config: send a test message to this destination, and say what became of it.",
            HelpName = "NAME",
        };
        var format = CommonOptions.Format("table", "jsonl");
        var command = new Command(
            "doctor",
            "Show what this machine can listen on: network and CAN interfaces, PCAN channels, how to set them up, and what "
                + "keeps the capture process from sending.")
        {
            configuration, sendTest, format,
        };
        command.SetAction(result =>
        {
            var (output, asJson) = (result.InvocationConfiguration.Output, result.GetValue(format) == "jsonl");
            if (result.GetValue(configuration) is { } file)
                return ConfigurationDoctor.RunAsync(file, result.GetValue(sendTest), surroundings, asJson, output)
                    .GetAwaiter().GetResult();
            if (result.GetValue(sendTest) is not null)
                throw new UsageException("--send-test names a destination of a configuration: add --config FILE.");
            return Run(new NetlinkCanLinks(), PcanChannels.Examine, CaptureInventory.Examine, asJson, output);
        });
        return command;
    }

    /// <summary>Writes the report; 4 where the kernel could not be asked, else 0: a machine without CAN is not ill.</summary>
    internal static int Run(
        ICanLinks source, Func<PcanInventory> pcanSource, Func<CaptureInventory> captureSource, bool asJson, TextWriter output)
    {
        IReadOnlyList<CanLink> links = [];
        string? fault = null;
        try
        {
            links = source.All();
        }
        catch (LiveSourceException caught)
        {
            fault = caught.Message;
        }

        var pcan = pcanSource();
        var capture = captureSource();
        if (asJson)
        {
            using var json = new JsonLines(output);
            DoctorReport.Write(json, links, fault, pcan);
            CaptureSection.Write(json, capture);
        }
        else
        {
            var tables = new Tables(output);
            DoctorReport.Write(tables, links, fault, pcan);
            CaptureSection.Write(tables, capture);
        }

        return fault is null ? ExitCodes.Clean : ExitCodes.Environment;
    }
}
