using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using OtGuard.Collectors;

namespace OtGuard.Host.Capturing;

/// <summary>
/// The service's end of the launcher: a process that keeps the right to listen, opens nothing with it, and does one
/// thing, to start capture processes when it is asked to. So the service itself holds no such right on any of its
/// threads, and a capture process that died can still be started again.
/// </summary>
/// <remarks>
/// Both talk in lines over two pipes: <c>start NUMBER PIPE SOURCE</c> and <c>kill NUMBER</c>, answered by <c>started
/// NUMBER PROCESS</c>, <c>failed NUMBER WHY</c> and <c>ended NUMBER CODE</c>. Frames never pass through it: a capture
/// process writes into a named pipe that the service made. Where the service is gone, the launcher ends what it
/// started. Thread-safe.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class CaptureLauncher
{
    /// <summary>What the service finds the launcher by once it has executed itself anew.</summary>
    private const string Variable = "_OTGUARD_CAPTURE_LAUNCHER";

    private static readonly Lazy<CaptureLauncher?> Found = new(Find);

    private readonly Lock _gate = new();
    private readonly Action<string> _write;
    private readonly Dictionary<int, LaunchedCapture> _running = [];
    private int _last;
    private bool _isGone;

    private CaptureLauncher(int requests, int answers)
    {
        // Both stay open as long as this process lives.
        var writer = new StreamWriter(StreamOf(PipeDirection.Out, requests)) { AutoFlush = true, NewLine = "\n" };
        _write = writer.WriteLine;
        var reader = new StreamReader(StreamOf(PipeDirection.In, answers));
        new Thread(() => Listen(reader)) { Name = "capture launcher", IsBackground = true }.Start();
    }

    /// <summary>The launcher of this process; null where it has none and starts capture processes itself.</summary>
    public static CaptureLauncher? Current => Found.Value;

    /// <summary>
    /// For the service, before anything else: where it holds the right to listen, starts a launcher that keeps it, and
    /// executes itself anew without. Returns where there is nothing to give up, or nothing left.
    /// </summary>
    /// <exception cref="LiveSourceException">The kernel refused; the message says what.</exception>
    public static void GiveUpRights()
    {
        if (!Confinement.MayListen || Environment.GetEnvironmentVariable(Variable) is not null) return;
        var start = OwnProgram.Start(Commands.CaptureProcessCommand.LauncherName);
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        var process = Process.Start(start)!;
        var requests = Descriptor(process.StandardInput.BaseStream);
        var answers = Descriptor(process.StandardOutput.BaseStream);
        foreach (var descriptor in new[] { requests, answers })
            _ = KernelCalls.ControlDescriptor(descriptor, KernelCalls.SetDescriptorFlags, 0);
        Confinement.ExecuteServiceAnew(
            Variable, string.Create(CultureInfo.InvariantCulture, $"{requests} {answers} {process.Id}"));
    }

    /// <summary>Starts a capture process; what becomes of it is told by what is returned.</summary>
    /// <exception cref="LiveSourceException">The launcher is gone, or there can be no pipe.</exception>
    public LaunchedCapture Start(string source)
    {
        var capture = new LaunchedCapture(this, Interlocked.Increment(ref _last));
        try
        {
            lock (_gate)
            {
                _running.Add(capture.Number, capture);
                Say(string.Create(CultureInfo.InvariantCulture, $"start {capture.Number} {capture.PipePath} {source}"));
            }

            capture.AwaitStart();
            return capture;
        }
        catch
        {
            capture.Dispose();
            throw;
        }
    }

    /// <summary>Ends a capture process the hard way.</summary>
    internal void Kill(int number)
    {
        lock (_gate)
            if (!_isGone) Say(string.Create(CultureInfo.InvariantCulture, $"kill {number}"));
    }

    internal void Forget(int number)
    {
        lock (_gate) _running.Remove(number);
    }

    private static CaptureLauncher? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } value) return null;
        int[] numbers = [.. value.Split(' ').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        foreach (var descriptor in numbers[..2])
            _ = KernelCalls.ControlDescriptor(descriptor, KernelCalls.SetDescriptorFlags, KernelCalls.CloseOnExecute);
        return new CaptureLauncher(numbers[0], numbers[1]);
    }

    private static AnonymousPipeClientStream StreamOf(PipeDirection direction, int descriptor) =>
        new(direction, new SafePipeHandle(descriptor, ownsHandle: true));

    private static int Descriptor(Stream stream) => (int)((PipeStream)stream).SafePipeHandle.DangerousGetHandle();

    private void Say(string line)
    {
        try
        {
            if (!_isGone)
            {
                _write(line);
                return;
            }
        }
        catch (IOException)
        {
            _isGone = true;
        }

        throw new LiveSourceException(
            "The process that starts capture processes has ended, and this one may not listen: restart the service.");
    }

    private void Listen(StreamReader answers)
    {
        while (Next(answers) is { } line)
        {
            var parts = line.Split(' ', 3);
            LaunchedCapture? capture;
            lock (_gate) capture = _running.GetValueOrDefault(int.Parse(parts[1], CultureInfo.InvariantCulture));
            capture?.OnAnswer(parts[0], parts[2]);
        }

        lock (_gate)
        {
            _isGone = true;
            foreach (var capture in _running.Values) capture.OnAnswer("gone", "");
        }
    }

    private static string? Next(StreamReader answers)
    {
        try
        {
            return answers.ReadLine();
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>A capture process that the launcher started for the service.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LaunchedCapture : ICaptureChild
{
    private const uint OwnerOnly = 0x180;

    private readonly CaptureLauncher _launcher;
    private readonly DirectoryInfo _folder;
    private readonly FileStream _output;
    private readonly TaskCompletionSource<int> _started = new();
    private readonly TaskCompletionSource<int> _ended = new();

    public LaunchedCapture(CaptureLauncher launcher, int number)
    {
        (_launcher, Number) = (launcher, number);
        // The folder is this account's alone.
        _folder = Directory.CreateTempSubdirectory("otguard-capture-");
        PipePath = Path.Combine(_folder.FullName, "frames");
        var descriptor = KernelCalls.MakePipe(PipePath, OwnerOnly) == 0
            ? KernelCalls.Open(PipePath, KernelCalls.ReadOnly | KernelCalls.WithoutWaiting) : -1;
        if (descriptor < 0)
        {
            var why = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            _folder.Delete(recursive: true);
            throw new LiveSourceException($"There can be no pipe '{PipePath}' for a capture process: {why}.");
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        Channel = handle;
        _output = new FileStream(handle, FileAccess.Read, bufferSize: 0);
    }

    /// <summary>Its number with the launcher.</summary>
    public int Number { get; }

    /// <summary>Where it writes to; gone once it has begun to.</summary>
    public string PipePath { get; }

    public int Id => _started.Task.IsCompletedSuccessfully ? _started.Task.Result : 0;

    public Stream Output => _output;

    public SafeHandle Channel { get; }

    public void OnOpened()
    {
        if (_folder.Exists) _folder.Delete(recursive: true);
        _folder.Refresh();
    }

    public bool TryWait(TimeSpan wait, out int exitCode)
    {
        var hasEnded = _ended.Task.Wait(wait);
        exitCode = hasEnded ? _ended.Task.Result : 0;
        return hasEnded;
    }

    public void Kill() => _launcher.Kill(Number);

    public void Dispose()
    {
        _output.Dispose();
        _launcher.Forget(Number);
        OnOpened();
    }

    /// <summary>Waits until the process runs.</summary>
    /// <exception cref="LiveSourceException">It could not be started.</exception>
    internal void AwaitStart() => _started.Task.GetAwaiter().GetResult();

    /// <summary>The launcher told something of it.</summary>
    internal void OnAnswer(string word, string text)
    {
        switch (word)
        {
            case "started":
                _started.TrySetResult(int.Parse(text, CultureInfo.InvariantCulture));
                break;
            case "ended":
                _ended.TrySetResult(int.Parse(text, CultureInfo.InvariantCulture));
                break;
            case "failed":
                _started.TrySetException(new LiveSourceException($"The capture process could not be started: {text}"));
                break;
            default:
                _started.TrySetException(
                    new LiveSourceException("The process that starts capture processes has ended: restart the service."));
                // What it started was ended with it.
                _ended.TrySetResult(ExitCodes.Environment);
                break;
        }
    }
}
