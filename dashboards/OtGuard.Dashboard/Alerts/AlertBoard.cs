using System.Collections.Immutable;
using OtGuard.Alerting;

namespace OtGuard.Dashboard.Alerts;

/// <summary>
/// The alerts in memory, kept current with the store twice a second: what lists are filtered from and what open pages
/// are
/// told by. Thread-safe; its states are immutable.
/// </summary>
/// <remarks>
/// Bounded by <see cref="Capacity"/>: beyond it closed ones are forgotten first, the longest silent before others, then
/// the
/// least severe; they stay in the store and are found there by their number.
/// </remarks>
public sealed class AlertBoard(IAlertStore store, IAlertChanges changes, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>Alerts kept in memory: twice what a page has to stay smooth with.</summary>
    public const int Capacity = 20_000;

    private const int AtOnce = 1000;

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(400);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private volatile BoardState _state = new(ImmutableDictionary<string, BoardEntry>.Empty, 0, 0, 0);
    private TaskCompletionSource _next = NewSignal();
    private Task _following = Task.CompletedTask;

    /// <summary>The alerts as they are now.</summary>
    public BoardState State => _state;

    /// <summary>Is told, on a thread of its own, after the state has changed.</summary>
    public event Action? Changed;

    /// <summary>Reads what there is, and follows it from then on.</summary>
    public async Task StartAsync()
    {
        await UpdateAsync();
        _following = FollowAsync();
    }

    /// <summary>Reads at once what changed: after an act, whose author wants to see it.</summary>
    public Task RefreshAsync() => UpdateAsync();

    /// <summary>Waits for a state whose latest change lies after a number.</summary>
    public async Task WaitAsync(long after, CancellationToken cancellation)
    {
        while (_state.Latest <= after)
        {
            Task next;
            lock (_gate) next = _next.Task;
            if (_state.Latest > after) return;
            await next.WaitAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task FollowAsync()
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await UpdateAsync();
                }
                catch (IOException)
                {
                    // A store that is busy or full: the next turn asks again.
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task UpdateAsync()
    {
        if (await changes.LatestChangeAsync(_stop.Token) == _state.Latest) return;
        lock (_gate)
        {
            var isChanged = false;
            while (true)
            {
                var state = _state;
                // The embedded store answers on the calling thread; waiting here keeps updates in their order.
                var changed = changes.ListChangesAsync(state.Latest, AtOnce, _stop.Token).GetAwaiter().GetResult();
                if (changed.Alerts.Count == 0) break;
                _state = state.With(changed, Capacity);
                isChanged = true;
            }

            if (!isChanged) return;
            // Sorted here, once: not on the threads of those who look, while they press keys.
            _ = _state.Sorted;
            var told = _next;
            _next = NewSignal();
            told.SetResult();
        }

        Changed?.Invoke();
    }

    /// <summary>The alert of that id or number, from memory or else from the store.</summary>
    public async Task<Alert?> FindAsync(string idOrNumber, CancellationToken cancellation) =>
        await store.FindAlertAsync(idOrNumber, cancellation);
}

/// <summary>The alerts at a moment.</summary>
/// <param name="Entries">The alerts, by id, with the number of their latest change.</param>
/// <param name="Latest">The number of the latest change of all.</param>
/// <param name="Forgotten">Alerts that are in the store and no longer in memory.</param>
/// <param name="Version">Counts the states.</param>
public sealed record BoardState(
    ImmutableDictionary<string, BoardEntry> Entries, long Latest, long Forgotten, long Version)
{
    private IReadOnlyList<Alert>? _sorted;

    /// <summary>All of them: open before closed, the most severe first, then the latest.</summary>
    public IReadOnlyList<Alert> Sorted => _sorted ??=
    [
        .. Entries.Values.Select(entry => entry.Alert)
            .OrderBy(alert => alert.IsOpen ? 0 : 1)
            .ThenByDescending(alert => alert.Severity)
            .ThenByDescending(alert => alert.LastSeen)
            .ThenByDescending(alert => alert.Number),
    ];

    /// <summary>What changed after a number, the earliest first.</summary>
    public IEnumerable<BoardEntry> After(long change) =>
        Entries.Values.Where(entry => entry.Change > change).OrderBy(entry => entry.Change);

    internal BoardState With(ChangedAlerts changed, int capacity)
    {
        var entries = Entries.ToBuilder();
        foreach (var (change, alert) in changed.Alerts) entries[alert.Id] = new BoardEntry(change, alert);
        var beyond = entries.Count - capacity;
        if (beyond > 0)
        {
            foreach (var gone in entries.Values
                .OrderBy(entry => entry.Alert.IsOpen ? 1 : 0)
                .ThenBy(entry => entry.Alert.IsOpen ? entry.Alert.Severity : 0)
                .ThenBy(entry => entry.Alert.LastReceivedAt)
                .Take(beyond).ToList())
                entries.Remove(gone.Alert.Id);
        }

        return new BoardState(
            entries.ToImmutable(), changed.Latest, Forgotten + Math.Max(0, beyond), Version + 1);
    }
}

/// <summary>An alert with the number of its latest change.</summary>
public sealed record BoardEntry(long Change, Alert Alert);
