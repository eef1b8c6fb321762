using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>
/// A program that a test starts. It is asked to end by closing its standard input (which also happens when the test's own
/// process is gone) or by an interrupt, and is killed when it does not.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    /// <summary>How long a peer may take for what takes it a second or two, on a machine that is busy with other tests.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    /// <summary>Starts the program. <paramref name="home"/> is where it may keep what it thinks belongs to its user.</summary>
    public PeerProcess(string program, string home, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        start.Environment["HOME"] = home;
        start.Environment["XDG_CONFIG_HOME"] = home;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Everything it has said so far on both outputs.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Waits until it has said a text; fails with all it has said when it ends before, or takes too long.</summary>
    public void WaitUntilItSays(string text)
    {
        var said = SpinWait.SpinUntil(() => Said.Contains(text, StringComparison.Ordinal) || _process.HasExited, Patience)
            && (Said.Contains(text, StringComparison.Ordinal) || SaidAtEnd().Contains(text, StringComparison.Ordinal));
        if (!said) Assert.Fail($"{_process.StartInfo.FileName} did not say '{text}' but:\n{Said}");
    }

    /// <summary>Waits until it ends by itself; fails with all it has said when it takes too long or reports a failure.</summary>
    public void WaitUntilItSucceeds(TimeSpan patience)
    {
        if (!_process.WaitForExit(patience)) Assert.Fail($"{Name} did not end in {patience}:\n{Said}");
        if (_process.ExitCode != 0) Assert.Fail($"{Name} ended with {_process.ExitCode}:\n{SaidAtEnd()}");
    }

    /// <summary>Sends SIGINT and waits for the end.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        if (!_process.WaitForExit(Patience)) Assert.Fail($"{Name} did not end when interrupted:\n{Said}");
        // Without a limit it also waits for the last words.
        _process.WaitForExit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(5))) _process.Kill(entireProcessTree: true);
        }

        _process.WaitForExit();
        _process.Dispose();
    }

    private string Name => _process.StartInfo.FileName;

    private string SaidAtEnd()
    {
        _process.WaitForExit();
        return Said;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (_said) _said.AppendLine(line.Data);
    }
}
