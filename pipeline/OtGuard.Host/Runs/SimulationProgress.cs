using System.Globalization;
using OtGuard.Host.Output;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Runs;

/// <summary>
/// How far a simulation is, on standard error: a line that is written over on a terminal, else a line every ten seconds.
/// Quick ones show nothing.
/// </summary>
internal sealed class SimulationProgress
{
    // Looking at the clock for every frame would cost as much as the frame.
    private const int FramesBetweenLooks = 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TerminalPace = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PlainPace = TimeSpan.FromSeconds(10);

    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private long _shown;
    private long _frames;
    private readonly TextWriter _error;
    private readonly long _start;
    private readonly TimeSpan _duration;
    private long _latest;

    /// <summary>Begins to watch.</summary>
    /// <param name="error">Standard error.</param>
    /// <param name="start">Where the simulated time begins, in nanoseconds since 1970.</param>
    /// <param name="duration">How long it lasts.</param>
    public SimulationProgress(TextWriter error, long start, TimeSpan duration)
    {
        _error = error;
        _start = _latest = start;
        _duration = duration;
    }

    /// <summary>Time that was simulated.</summary>
    public TimeSpan Reached => TimeSpan.FromTicks((_latest - _start) / 100);

    public ICaptureSink Of(ICaptureSink sink) => new Packets(sink, this);

    public ICanSink Of(ICanSink sink) => new Frames(sink, this);

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (_isTerminal && _shown != 0) _error.Write("\r\u001b[K");
    }

    private void Count(long time)
    {
        _latest = Math.Max(_latest, time);
        if (++_frames % FramesBetweenLooks == 0) Look();
    }

    private void Look()
    {
        var time = TimeProvider.System;
        var since = _shown == 0 ? time.GetElapsedTime(_begun) : time.GetElapsedTime(_shown);
        var pace = _isTerminal ? TerminalPace : PlainPace;
        if (since < (_shown == 0 && _isTerminal ? Patience : pace)) return;
        _shown = time.GetTimestamp();
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"Simulated {Words.Duration(Reached)} of {Words.Duration(_duration)} ({100 * (Reached / _duration):F0} %), {_frames:N0} frames");
        if (_isTerminal) _error.Write($"\r{line} ");
        else _error.WriteLine(line);
    }

    private sealed class Packets(ICaptureSink sink, SimulationProgress progress) : ICaptureSink
    {
        public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth)
        {
            progress.Count(unixNanoseconds);
            sink.Write(unixNanoseconds, frame, truth);
        }
    }

    private sealed class Frames(ICanSink sink, SimulationProgress progress) : ICanSink
    {
        public void Write(CanFrame frame, TruthRecord? truth)
        {
            progress.Count(frame.Time);
            sink.Write(frame, truth);
        }
    }
}
