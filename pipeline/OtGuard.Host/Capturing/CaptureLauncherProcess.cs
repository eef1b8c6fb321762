using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using OtGuard.Host.Commands;

namespace OtGuard.Host.Capturing;

/// <summary>
/// The launcher itself: reads requests of <see cref="CaptureLauncher"/> from standard input, and ends all it started
/// where that ends.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class CaptureLauncherProcess
{
    public static int Run(TextReader requests, TextWriter answers)
    {
        var gate = new Lock();
        Dictionary<string, Process> running = [];
        void Answer(string word, string number, string text)
        {
            lock (gate)
            {
                answers.Write($"{word} {number} {text}\n");
                answers.Flush();
            }
        }

        while (requests.ReadLine() is { } line)
        {
            var parts = line.Split(' ', 4);
            if (parts is ["start", var number, var pipe, var source])
            {
                try
                {
                    var process = Start(pipe, source);
                    lock (gate) running.Add(number, process);
                    Answer("started", number, process.Id.ToString(CultureInfo.InvariantCulture));
                    process.Exited += (_, _) =>
                    {
                        Answer("ended", number, process.ExitCode.ToString(CultureInfo.InvariantCulture));
                        lock (gate) running.Remove(number);
                        process.Dispose();
                    };
                    // An end before this line is told all the same.
                    process.EnableRaisingEvents = true;
                }
                catch (Exception fault) when (fault is Win32Exception or InvalidOperationException)
                {
                    Answer("failed", number, fault.Message);
                }
            }
            else if (parts is ["kill", var killed])
            {
                lock (gate)
                    if (running.TryGetValue(killed, out var process)) process.Kill();
            }
        }

        lock (gate)
            foreach (var process in running.Values) process.Kill();
        return ExitCodes.Clean;
    }

    private static Process Start(string pipe, string source)
    {
        var start = OwnProgram.Start(
            CaptureProcessCommand.Name, source, CaptureProcessCommand.PipeOption, pipe);
        // Neither the requests nor the answers are its business.
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        process.StandardOutput.Close();
        return process;
    }
}
