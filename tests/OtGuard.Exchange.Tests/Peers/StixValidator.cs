using System.Diagnostics;
using System.Text.Json.Nodes;
using OtGuard.TestKit;

namespace OtGuard.Exchange.Tests.Peers;

/// <summary>The validator of <c>tests/peers/stix</c>: ajv over the OASIS schemas, and identifiers computed a second time.</summary>
internal static class StixValidator
{
    /// <summary>What it says of bundles, a line each.</summary>
    public static IReadOnlyList<JsonObject> Check(params IReadOnlyList<JsonObject> bundles)
    {
        var schemas = SharedData.PathOf("escalation/stix2.1-schemas");
        var folder = Path.Combine(SharedData.RepositoryRoot, "tests", "peers", "stix");
        Require(Directory.Exists(Path.Combine(folder, "node_modules", "ajv")));
        using var files = new TemporaryFolder();
        var paths = bundles.Select((bundle, i) =>
        {
            var path = files.File($"{i}.json");
            File.WriteAllText(path, bundle.ToJsonString());
            return path;
        });
        var own = Path.Combine(SharedData.RepositoryRoot, "pipeline", "OtGuard.Exchange", "Stix", "Schemas");
        var lines = Tool.Run("node", [Path.Combine(folder, "check.js"), schemas, own, .. paths]).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.HasCount(bundles.Count, lines);
        return [.. lines.Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    private static void Require(bool there)
    {
        if (there) return;
        const string message = "The validator of tests/peers/stix is missing; tests/run.sh --install-peers installs it.";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Inconclusive(message);
    }
}

/// <summary>A program of the machine.</summary>
internal static class Tool
{
    /// <summary>Runs it to its end; fails the test with what it said where it fails.</summary>
    public static (string Output, string Error) Run(string name, IReadOnlyList<string> arguments, string? folder = null)
    {
        var (code, output, error) = Try(name, arguments, folder);
        Assert.AreEqual(0, code, $"{name}: {error}{output}");
        return (output, error);
    }

    /// <summary>Runs it to its end.</summary>
    public static (int Code, string Output, string Error) Try(
        string name, IReadOnlyList<string> arguments, string? folder = null)
    {
        var start = new ProcessStartInfo(name, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            var message = $"{name} is missing; tests/run.sh --install-peers installs it.";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
            Assert.Inconclusive(message);
            throw;
        }

        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
    }
}
