using System.Runtime.InteropServices;

namespace OtGuard.Host.Runs;

/// <summary>
/// Ctrl-C, or the wish of the system that the process end, as a cancellation token, so that what runs can stop without
/// leaving anything half-written.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly ConsoleCancelEventHandler _handler;
    private readonly PosixSignalRegistration[] _signals;

    /// <param name="hungUp">Called for SIGHUP, where it is no wish that the process end; null where it is.</param>
    public Interruption(Action? hungUp = null)
    {
        _handler = (_, pressed) =>
        {
            // The second Ctrl-C ends the process the hard way.
            pressed.Cancel = !_source.IsCancellationRequested;
            _source.Cancel();
        };
        Console.CancelKeyPress += _handler;
        _signals =
        [
            .. new[] { PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, received =>
            {
                if (received.Signal == PosixSignal.SIGHUP && hungUp is not null && !OperatingSystem.IsWindows())
                {
                    received.Cancel = true;
                    hungUp();
                    return;
                }

                received.Cancel = !_source.IsCancellationRequested;
                _source.Cancel();
            })),
        ];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= _handler;
        foreach (var signal in _signals) signal.Dispose();
        _source.Dispose();
    }
}
