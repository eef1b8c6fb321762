using System.Diagnostics;
using System.Globalization;

namespace OtGuard.Simulators.Tests;

/// <summary>Wireshark's command line as an independent reader of what is simulated.</summary>
internal static class Tshark
{
    // What no healthy capture holds: malformed packets, expert warnings and errors (wrong checksums are among them),
    // and whatever TCP analysis remarks upon (retransmissions, ports used again, missing segments).
    private const string UnhealthyFilter =
        "_ws.malformed or _ws.unreassembled or _ws.expert.severity >= warning or tcp.analysis.flags";

    /// <summary>Runs tshark over a capture; every line it prints.</summary>
    public static string[] Run(byte[] capture, params string[] arguments)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, capture);
            return Run(path, arguments);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Runs tshark over a capture file.</summary>
    public static string[] Run(string path, params string[] arguments)
    {
        string[] all =
        [
            "-n", "-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
            "-o", "udp.check_checksum:TRUE", .. arguments,
        ];
        var start = new ProcessStartInfo("tshark", all) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Start(start);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The frames tshark finds something wrong with, and what.</summary>
    public static (int Frame, string Text)[] Unhealthy(byte[] capture, string? allowed = null)
    {
        var filter = allowed is null ? UnhealthyFilter : $"({UnhealthyFilter}) and not ({allowed})";
        var lines = Run(
            capture, "-Y", filter, "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Info",
            "-e", "_ws.expert.message");
        return [.. lines.Select(line => (int.Parse(line[..line.IndexOf('\t')], CultureInfo.InvariantCulture), line))];
    }

    /// <summary>Asserts that tshark finds nothing wrong but what <paramref name="allowed"/> (a filter) names.</summary>
    public static void AssertHealthy(byte[] capture, string? allowed = null)
    {
        var found = Unhealthy(capture, allowed);
        Assert.IsEmpty(found, string.Join('\n', found.Take(20)));
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            const string message = "tshark is not installed (tests/run.sh --install-peers installs it).";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
            Assert.Inconclusive(message);
            throw;
        }
    }
}
