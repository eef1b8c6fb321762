using System.CommandLine;
using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using OtGuard.Collectors;
using OtGuard.Host.Capturing;

namespace OtGuard.Host.Commands;

/// <summary>
/// <c>capture-process</c>: reads one interface for the process that started it. Not for people: what it writes are the
/// records of <see cref="CaptureRecord"/>.
/// </summary>
internal static class CaptureProcessCommand
{
    /// <summary>The verb.</summary>
    public const string Name = "capture-process";

    /// <summary>The verb of the process that starts capture processes for the service.</summary>
    public const string LauncherName = "capture-launcher";

    /// <summary>The verb that gives rights up as the service does, and writes what is left.</summary>
    public const string RightsName = "service-rights";

    /// <summary>Names the pipe that is written to in place of standard output.</summary>
    public const string PipeOption = "--pipe";

    private const string LinuxOnly = "The capture process is for Linux.";

    /// <summary>What the program is given when it executes itself anew, its rights given up.</summary>
    private const string ConfinedMark = "--confined";

    public static Command Create()
    {
        var source = new Argument<string?>("SOURCE")
        {
            Description = "The interface, as net:eth0; without it the confinement is tried and what is in force is written.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var confined = new Option<bool>(ConfinedMark) { Description = "Rights were given up already." };
        var command = new Command(Name, "Read one interface for the process that started this one.")
        {
            source, confined,
        };
        command.Hidden = true;
        command.SetAction(result => Run(result.GetValue(source), result.GetValue(confined), pipe: null));
        return command;
    }

    /// <summary>
    /// The verb without the command line's own machinery, which takes longer to start than a source: the arguments are this
    /// program's own.
    /// </summary>
    public static int Run(string[] arguments, TextWriter error)
    {
        var isConfined = arguments is [.., ConfinedMark];
        var rest = arguments[1..^(isConfined ? 1 : 0)];
        string? pipe = null;
        if (rest is [var only, PipeOption, var named]) (rest, pipe) = ([only], named);
        if (rest.Length > 1) return CommandLine.Invoke(arguments, TextWriter.Null, error);
        try
        {
            if (arguments[0] == RightsName) return WriteRights();
            return arguments[0] == LauncherName ? RunLauncher(isConfined) : Run(rest.FirstOrDefault(), isConfined, pipe);
        }
        catch (Exception fault) when (fault is LiveSourceException or UsageException)
        {
            error.WriteLine(fault.Message);
            return fault is UsageException ? ExitCodes.Usage : ExitCodes.Environment;
        }
    }

    private static int WriteRights()
    {
        if (!OperatingSystem.IsLinux()) throw new LiveSourceException(LinuxOnly);
        CaptureLauncher.GiveUpRights();
        using var output = Console.OpenStandardOutput();
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        Confinement.ReadBack().Write(json);
        json.WriteEndObject();
        return ExitCodes.Clean;
    }

    private static int RunLauncher(bool isConfined)
    {
        if (!OperatingSystem.IsLinux()) throw new LiveSourceException(LinuxOnly);
        Confine(isConfined);
        using var requests = new StreamReader(Console.OpenStandardInput());
        using var answers = new StreamWriter(Console.OpenStandardOutput());
        return CaptureLauncherProcess.Run(requests, answers);
    }

    [SupportedOSPlatform("linux")]
    private static void Confine(bool isConfined)
    {
        if (!isConfined) Confinement.ExecuteAnew(ConfinedMark);
        // Whoever gives the mark has to have given up what it says: nothing is opened with more.
        if (Confinement.ReadBack() is { HoldsNothingElse: false } state)
            throw new LiveSourceException($"The capture process was started with more than it may have: {state}.");
    }

    /// <summary>Makes a named pipe standard output, the one thing that the filter lets be written to.</summary>
    private static void WriteInto(string pipe)
    {
        var descriptor = KernelCalls.Open(pipe, KernelCalls.WriteOnly);
        if (descriptor < 0 || KernelCalls.Duplicate(descriptor, 1) < 0)
            throw new LiveSourceException($"The pipe '{pipe}' cannot be written to.");
    }

    private static int Run(string? source, bool isConfined, string? pipe)
    {
        if (!OperatingSystem.IsLinux()) throw new LiveSourceException(LinuxOnly);
        Confine(isConfined);
        if (pipe is not null) WriteInto(pipe);
        else if (File.ResolveLinkTarget("/proc/self/fd/1", false)?.Name.StartsWith("pipe:", StringComparison.Ordinal) != true)
            throw new UsageException("capture-process writes to a pipe: it is started by 'otguard inspect', 'learn', 'detect' and the like.");
        // Not gathered once more: a chunk goes out at once.
        using var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        if (source is not null) return CaptureProcess.Run(source, output);
        CaptureProcess.Check().Write(output);
        return ExitCodes.Clean;
    }
}
