using System.Globalization;
using OtGuard.Collectors.Capture.Files;

namespace OtGuard.Host.Runs;

/// <summary>
/// A line of progress on standard error for what takes longer than two seconds, on a terminal only.
/// </summary>
internal sealed class Progress
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly TextWriter _error;
    private readonly TimeProvider _time;
    private readonly string _verb;
    private readonly long _start;
    private long _shown;

    private Progress(TextWriter error, TimeProvider time, string verb)
    {
        (_error, _time, _verb) = (error, time, verb);
        _start = time.GetTimestamp();
    }

    /// <summary>A progress line, or null where standard error is no terminal.</summary>
    public static Progress? OnTerminal(TextWriter error, string verb) =>
        Console.IsErrorRedirected ? null : new Progress(error, TimeProvider.System, verb);

    /// <summary>Shows how far it is, if it is time to.</summary>
    public void Show(CaptureProgress progress, long frames)
    {
        if (_time.GetElapsedTime(_start) < Patience) return;
        if (_shown != 0 && _time.GetElapsedTime(_shown) < Pace) return;
        _shown = _time.GetTimestamp();
        var share = progress.TotalBytes is > 0 and var total ? $"{100.0 * progress.BytesRead / total,5:F1} %" : "";
        _error.Write($"\r{_verb} {share} {frames:N0} frames ");
    }

    /// <summary>Shows which step it is at and how much of it is done, 0 to 1, if it is time to.</summary>
    public void Step(string step, double share)
    {
        if (_time.GetElapsedTime(_start) < Patience) return;
        if (_shown != 0 && _time.GetElapsedTime(_shown) < Pace) return;
        _shown = _time.GetTimestamp();
        _error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{_verb}: {step} {100 * share,5:F1} % \u001b[K"));
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (_shown != 0) _error.Write("\r\u001b[K");
    }
}
