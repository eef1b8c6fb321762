namespace OtGuard.Simulators.Live;

/// <summary>The site as its servers see it: its time, and the right to touch it, which one at a time has.</summary>
/// <param name="clock">The site's time.</param>
/// <param name="advance">Lets the physics run up to a moment; called with the right to touch the site.</param>
internal sealed class LiveWorld(LiveClock clock, Action<long> advance)
{
    private readonly Lock _gate = new();

    public LiveClock Clock { get; } = clock;

    /// <summary>Does something with the site at its present time.</summary>
    public T Do<T>(Func<T> act) => Alone(() =>
    {
        advance(Clock.Now);
        return act();
    });

    /// <summary>Does something with the site as it stands.</summary>
    public T Alone<T>(Func<T> act)
    {
        lock (_gate) return act();
    }
}
