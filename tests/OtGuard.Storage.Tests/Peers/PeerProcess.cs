using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace OtGuard.Storage.Tests.Peers;

/// <summary>A server that a test starts, kills and brings back.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly string _program;
    private readonly string[] _arguments;
    private Process? _process;

    public PeerProcess(string program, params string[] arguments) =>
        (_program, _arguments) = (Find(program), arguments);

    /// <summary>A port that nobody listens on at this moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Start()
    {
        var start = new ProcessStartInfo(_program, _arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>SIGKILL: nothing of it is written or said any more.</summary>
    public void Kill()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose() => Kill();

    /// <summary>Tries until it does not throw; gives up after half a minute.</summary>
    public static async Task UntilReadyAsync(Func<Task<bool>> isReady, CancellationToken cancellation)
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                if (await isReady()) return;
            }
            catch (Exception fault) when (fault is HttpRequestException or SocketException or IOException)
            {
                // Not yet.
            }

            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(30)) Assert.Fail(
                "The peer did not become ready.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
        }
    }

    private static string Find(string program)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin"))
        {
            var path = Path.Combine(folder, program);
            if (File.Exists(path)) return path;
        }

        var message = $"'{program}' is missing; tests/run.sh --install-peers installs it.";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Inconclusive(message);
        throw new InvalidOperationException(message);
    }
}
