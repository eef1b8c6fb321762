using System.Diagnostics;

namespace OtGuard.Host.Capturing;

/// <summary>This program, to be started once more.</summary>
internal static class OwnProgram
{
    private const string Name = "otguard";

    /// <summary>The file that holds rights given to the program: never the runtime, which would give them to everybody.</summary>
    public static string File => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == Name
        ? Environment.ProcessPath!
        : Path.Combine(AppContext.BaseDirectory, Name);

    /// <summary>How it is started with arguments: as it runs now, or as it lies beside whoever uses it as a library.</summary>
    public static ProcessStartInfo Start(params IReadOnlyList<string> arguments)
    {
        var running = Environment.ProcessPath ?? "";
        var library = Path.Combine(AppContext.BaseDirectory, $"{Name}.dll");
        return Path.GetFileNameWithoutExtension(running) switch
        {
            Name => new ProcessStartInfo(running, arguments),
            "dotnet" => new ProcessStartInfo(running, [library, .. arguments]),
            _ => new ProcessStartInfo("dotnet", [library, .. arguments]),
        };
    }
}
