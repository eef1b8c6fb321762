using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace OtGuard.Host.Capturing;

/// <summary>A capture process as its reader sees it: what comes from it, and its end.</summary>
internal interface ICaptureChild : IDisposable
{
    /// <summary>Its number.</summary>
    int Id { get; }

    /// <summary>What it writes; closing it ends the process.</summary>
    Stream Output { get; }

    /// <summary>The same, to be waited on.</summary>
    SafeHandle Channel { get; }

    /// <summary>It has begun to write: what was needed for that can go.</summary>
    void OnOpened();

    /// <summary>Waits for its end.</summary>
    /// <returns>False where it has not ended within that time.</returns>
    bool TryWait(TimeSpan wait, out int exitCode);

    /// <summary>Ends it the hard way.</summary>
    void Kill();
}

/// <summary>A capture process that this process started itself.</summary>
internal sealed class OwnCaptureChild : ICaptureChild
{
    private readonly Process _process;

    public OwnCaptureChild(string source)
    {
        var start = OwnProgram.Start(Commands.CaptureProcessCommand.Name, source);
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        Channel = ((PipeStream)_process.StandardOutput.BaseStream).SafePipeHandle;
    }

    public int Id => _process.Id;

    public Stream Output => _process.StandardOutput.BaseStream;

    public SafeHandle Channel { get; }

    public void OnOpened()
    {
        // It was born with its channel.
    }

    public bool TryWait(TimeSpan wait, out int exitCode)
    {
        var hasEnded = _process.WaitForExit(wait);
        exitCode = hasEnded ? _process.ExitCode : 0;
        return hasEnded;
    }

    public void Kill() => _process.Kill();

    public void Dispose()
    {
        _process.StandardOutput.Dispose();
        _process.Dispose();
    }
}
