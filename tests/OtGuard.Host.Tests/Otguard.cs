using System.Text.Json;
using OtGuard.Host.Commands;

namespace OtGuard.Host.Tests;

/// <summary>What a run of the command gave.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public IReadOnlyList<JsonElement> Json => [.. Lines.Select(line => JsonDocument.Parse(line).RootElement)];
}

/// <summary>Runs the command in this process.</summary>
internal static class Otguard
{
    public static Outcome Run(params string[] arguments) => RunAs(null, arguments);

    /// <summary>Runs it as if another account did, at the time a test says.</summary>
    public static Outcome RunAs(Surroundings? surroundings, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = CommandLine.Invoke(arguments, output, error, surroundings);
        return new Outcome(code, output.ToString(), error.ToString());
    }
}
