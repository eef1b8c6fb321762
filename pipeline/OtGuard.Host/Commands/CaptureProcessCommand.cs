using System.CommandLine;
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
        var command = new Command("capture-process", "Read one interface for the process that started this one.")
        {
            source, confined,
        };
        command.Hidden = true;
        command.SetAction(result => Run(result.GetValue(source), result.GetValue(confined)));
        return command;
    }

    private static int Run(string? source, bool isConfined)
    {
        if (!OperatingSystem.IsLinux()) throw new LiveSourceException("The capture process is for Linux.");
        if (!isConfined) Confinement.ExecuteAnew(ConfinedMark);
        // Whoever gives the mark has to have given up what it says: nothing is opened with more.
        if (Confinement.ReadBack() is { HoldsNothingElse: false } state)
            throw new LiveSourceException($"The capture process was started with more than it may have: {state}.");
        if (File.ResolveLinkTarget("/proc/self/fd/1", false)?.Name.StartsWith("pipe:", StringComparison.Ordinal) != true)
            throw new UsageException("capture-process writes to a pipe: it is started by 'otguard inspect', 'learn', 'detect' and the like.");
        // Not gathered once more: a chunk goes out at once.
        using var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        if (source is not null) return CaptureProcess.Run(source, output);
        JsonSerializer.Serialize(output, CaptureProcess.Check());
        return ExitCodes.Clean;
    }
}
