using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OtGuard.Host.Tests.Live;

/// <summary>
/// Two network namespaces joined by a cable: on one end a monitor's port (<c>veth1</c>: no address, IPv6 off), on the
/// other whoever plays traffic (<c>veth0</c>). Taken down at the end, with what runs in them.
/// </summary>
internal sealed class NetworkPair : IDisposable
{
    /// <summary>The monitor's port.</summary>
    public const string Port = "veth1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _far;
    private readonly string _near;
    private readonly List<Process> _processes = [];

    private NetworkPair()
    {
        var name = Guid.NewGuid().ToString("N")[..8];
        (_far, _near) = ($"ogf{name}", $"ogn{name}");
        Run("ip", "netns", "add", _far);
        Run("ip", "netns", "add", _near);
        foreach (var side in new[] { _far, _near })
            foreach (var scope in new[] { "all", "default" })
                Run("ip", "netns", "exec", side, "sh", "-c", $"echo 1 > /proc/sys/net/ipv6/conf/{scope}/disable_ipv6");
        Plug();
    }

    /// <summary>Makes a pair, or ends the test as inconclusive (with CI=true: failed) where the machine cannot.</summary>
    public static NetworkPair Create(params string[] tools)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") Skip("Network namespaces need Linux and root.");
        foreach (var tool in tools.Prepend("ip"))
            if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin", "/usr/bin"])
                .Any(folder => File.Exists(Path.Combine(folder, tool))))
                Skip($"'{tool}' is not installed (tests/run.sh --install-peers installs it).");
        return new NetworkPair();
    }

    /// <summary>
    /// Lays the cable, and waits until the kernel has noticed at both ends: until then it drops what is sent, without a word
    /// to the sender.
    /// </summary>
    public void Plug()
    {
        Run("ip", "-n", _far, "link", "add", "veth0", "type", "veth", "peer", "name", Port, "netns", _near);
        Run("ip", "-n", _far, "link", "set", "veth0", "up");
        Run("ip", "-n", _near, "link", "set", Port, "up");
        Await(() => IsActive(_far, "veth0") && IsActive(_near, Port), () => "The cable does not carry.");
    }

    /// <summary>Takes it away, and with it the port.</summary>
    public void Unplug() => Run("ip", "-n", _far, "link", "del", "veth0");

    /// <summary>Frames that came out of the port, as the far end counted them.</summary>
    public long FramesFromPort => Number(_far, "/sys/class/net/veth0/statistics/rx_packets");

    /// <summary>Runs a program beside the monitor's port.</summary>
    public Process StartNear(string program, params string[] arguments) => Start(_near, program, arguments);

    /// <summary>Runs a program on the far end, to its end; returns what it printed.</summary>
    public string RunFar(string program, params string[] arguments) =>
        Run("ip", ["netns", "exec", _far, program, .. arguments]);

    /// <summary>Starts the command beside the port.</summary>
    public Process Otguard(params string[] arguments) =>
        Start(_near, "dotnet", [Path.Combine(AppContext.BaseDirectory, "otguard.dll"), .. arguments]);

    /// <summary>Waits until a number of programs listen on the port to everything.</summary>
    public void AwaitListeners(int count) =>
        Await(() => Listeners() == count, () => $"{Listeners()} programs listen, not {count}.");

    /// <summary>
    /// Waits until a program has said on standard error that it listens: its socket is there before the buffer behind it.
    /// </summary>
    /// <returns>What it said until then.</returns>
    public static string AwaitWord(Process process, string word)
    {
        var said = new StringBuilder();
        while (process.StandardError.ReadLine() is { } line)
        {
            said.AppendLine(line);
            if (line.Contains(word, StringComparison.Ordinal)) return said.ToString();
        }

        throw new AssertFailedException($"It ended without saying '{word}': {said}");
    }

    /// <summary>What a program printed since and how it ended.</summary>
    public static Outcome End(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        Run("ip", "netns", "del", _far);
        Run("ip", "netns", "del", _near);
    }

    /// <summary>The kernel counts who wants every frame: promiscuity.</summary>
    // Of the sockets of this kind those that are bound to every protocol: libpcap does that last, once its buffer is there.
    private long Listeners() => Run("ip", "netns", "exec", _near, "cat", "/proc/net/packet").Split('\n').Skip(1)
        .Count(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, "0003", _, "1", ..]);

    private static void Await(Func<bool> isSo, Func<string> complaint)
    {
        var started = Stopwatch.GetTimestamp();
        using var pause = new ManualResetEventSlim();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience) Assert.Fail(complaint());
            pause.Wait(20);
        }
    }

    /// <summary>A port that is not active yet has the queue that drops everything.</summary>
    private static bool IsActive(string side, string port)
    {
        var said = Run("ip", "-n", side, "link", "show", port);
        return said.Contains("state UP", StringComparison.Ordinal) && !said.Contains("qdisc noop ", StringComparison.Ordinal);
    }

    private Process Start(string side, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("ip", ["netns", "exec", side, program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    private static long Number(string side, string file) =>
        long.Parse(Run("ip", "netns", "exec", side, "cat", file), CultureInfo.InvariantCulture);

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (code, output, error) = End(process);
        Assert.AreEqual(0, code, $"{program} {string.Join(' ', arguments)}: {error}");
        return output;
    }

    private static void Skip(string message)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Inconclusive(message);
    }
}
