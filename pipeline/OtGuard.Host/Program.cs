using OtGuard.Collectors;
using OtGuard.Host;
using OtGuard.Host.Capturing;
using OtGuard.Host.Commands;

if (args is [CaptureProcessCommand.Name or CaptureProcessCommand.LauncherName or CaptureProcessCommand.RightsName, ..])
    return CaptureProcessCommand.Run(args, Console.Error);
if (args is [RunCommand.Name, ..] && OperatingSystem.IsLinux())
{
    try
    {
        CaptureLauncher.GiveUpRights();
    }
    catch (LiveSourceException fault)
    {
        Console.Error.WriteLine(fault.Message);
        return ExitCodes.Environment;
    }
}

return CommandLine.Invoke(args, Console.Out, Console.Error);
