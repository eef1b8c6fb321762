namespace OtGuard.Host.Runs;

/// <summary>Ctrl-C as a cancellation token, so that what runs can stop without leaving anything half-written.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly ConsoleCancelEventHandler _handler;

    public Interruption()
    {
        _handler = (_, pressed) =>
        {
            // The second Ctrl-C ends the process the hard way.
            pressed.Cancel = !_source.IsCancellationRequested;
            _source.Cancel();
        };
        Console.CancelKeyPress += _handler;
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= _handler;
        _source.Dispose();
    }
}
