using System.CommandLine;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Live;
using OtGuard.Collectors.Can.Live.Pcan;
using OtGuard.Host.Capturing;
using OtGuard.Host.Live;
using OtGuard.Host.Output;

namespace OtGuard.Host.Commands;

/// <summary><c>doctor</c>: what this machine can listen on, what to type so that it can, and what keeps it from sending.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var format = CommonOptions.Format("table", "jsonl");
        var command = new Command(
            "doctor", "Show what this machine can listen on: network and CAN interfaces, PCAN channels, how to set them up, and what keeps the capture process from sending.") { format };
        command.SetAction(result => Run(
            new NetlinkCanLinks(),
            PcanChannels.Examine,
            CaptureInventory.Examine,
            result.GetValue(format) == "jsonl",
            result.InvocationConfiguration.Output));
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
