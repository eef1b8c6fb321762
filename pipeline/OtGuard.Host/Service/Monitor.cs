using System.Globalization;
using System.Security.Cryptography;
using OtGuard.Alerting;
using OtGuard.Detections;
using OtGuard.Dashboard;
using OtGuard.Dashboard.Access;
using OtGuard.Host.Commands;
using OtGuard.Host.Configuration;
using OtGuard.Host.Plant;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Models.Scoring;
using OtGuard.Storage;
using OtGuard.Storage.Embedded;
using OtGuard.Storage.InfluxDb;

namespace OtGuard.Host.Service;

/// <summary>
/// The service: sources that are judged, the feed into the store, and the outbox to the destinations. Started once,
/// stopped once.
/// </summary>
/// <remarks>
/// The order of stopping is the order of the data: sources end, the feed empties into the store, the outbox empties as
/// far as its destinations answer within a moment. What is left waits in the store for the next start.
/// </remarks>
internal sealed class Monitor : IAsyncDisposable
{
    /// <summary>How often alerts are closed by silence and silences are lifted.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    /// <summary>How often what is past its age is removed.</summary>
    private static readonly TimeSpan ExpireEvery = TimeSpan.FromHours(1);

    /// <summary>How often the figures of store and outbox are taken: they are counts over whole tables.</summary>
    private static readonly TimeSpan FiguresEvery = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long stopping waits for the store, and as long again for destinations. Together below the 90 s after which
    /// systemd ends a service the hard way.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly ServiceConfiguration _configuration;
    private readonly Site _site;
    private readonly TimeProvider _clock;
    private readonly Action<string> _say;
    private readonly EmbeddedStore _store;
    private readonly AlertPipeline _pipeline;
    private readonly IReadOnlyList<ISink> _sinks;
    private readonly OutboxDispatcher _dispatcher;
    private readonly Feed _feed;
    private readonly StoreIntake _intake;
    private readonly List<SourceRunner> _runners = [];
    private readonly MonitorPlant _plant;
    private readonly InfluxClient? _influx;
    private readonly CancellationTokenSource _stop = new();
    private readonly DateTimeOffset _startedAt;
    private List<Task> _working = [];
    private Task _dispatching = Task.CompletedTask;
    private Task _storing = Task.CompletedTask;
    private volatile StoreFigures? _figures;
    private volatile IReadOnlyList<DestinationStatus> _destinations = [];
    private volatile string? _sweepFault;

    private Monitor(
        ServiceConfiguration configuration, Site site, JudgeParts parts, EmbeddedStore store, TimeProvider clock,
        Action<string> say)
    {
        (_configuration, _site, _store, _clock, _say) = (configuration, site, store, clock, say);
        _startedAt = clock.GetUtcNow();
        _sinks = Destinations.Create(configuration.Sinks, clock);
        _pipeline = new AlertPipeline(
            store, configuration.Alerting with { Routes = ConfigurationFile.Routes(configuration) }, clock,
            site.Assets);
        _dispatcher = new OutboxDispatcher(store.Outbox, new BackoffOptions(), clock, new Random(Seed()));
        _feed = new Feed(configuration.Feed.Capacity, configuration.Feed.SeriesCapacity);
        IReadOnlyList<ISeriesWriter> series = configuration.Sinks.Influx.Count == 0
            ? [store.Series]
            : [.. configuration.Sinks.Influx.Select(sink => new OutboxSeriesWriter(store, sink.Name, clock))];
        _intake = new StoreIntake(_feed, _pipeline, series, clock, say);
        _plant = new MonitorPlant(
            configuration, site, parts, Health, () => [.. _runners.Select(runner => runner.Picture)], clock);
        _influx = configuration.Sinks.Influx is [var first, ..] ? new InfluxClient(first) : null;
        foreach (var source in configuration.Sources)
            _runners.Add(new SourceRunner(
                source with { Site = source.Site ?? site.Name }, parts, source.Baseline ?? configuration.Baseline,
                Path.Combine(configuration.Data!, $"{source.Name}.learned.baseline"), configuration.Feed,
                configuration.Blindness, _feed, clock, say));
    }

    /// <summary>Opens store, baselines and destinations, and starts everything.</summary>
    /// <exception cref="StoreException">The store cannot be used.</exception>
    /// <exception cref="BaselineFormatException">A baseline cannot be judged by, or lacks what is asked of
    /// it.</exception>
    /// <exception cref="IOException">The data folder cannot be written.</exception>
    public static async Task<Monitor> StartAsync(
        ServiceConfiguration configuration, Site site, TimeProvider clock, TextWriter error)
    {
        var gate = new Lock();
        void Say(string text)
        {
            lock (gate) error.WriteLine(text);
        }

        Directory.CreateDirectory(configuration.Data!);
        if (Path.GetDirectoryName(configuration.Store.Path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        var parts = new JudgeParts(
            Baselines(configuration),
            CommonOptions.ReadDatabase(
                [.. configuration.Dbc.Concat(site.Dbc).Distinct().Select(path => new FileInfo(path))], error),
            (configuration.Names ?? site.Names) is { } names ? new FileInfo(names) : null,
            new AlarmBudget(configuration.Budget),
            new DetectorOptions { Site = site.Declared },
            site);
        var store = EmbeddedStore.Open(
            configuration.Store with { RecordsAsSeries = configuration.Sinks.Influx.Count == 0 }, clock);
        var monitor = new Monitor(configuration, site, parts, store, clock, Say);
        await monitor.AnnounceWorkAsync();
        monitor.Start();
        return monitor;
    }

    /// <summary>Completes once every source has ended by itself or cannot be read at all.</summary>
    public Task SourcesEnded => Task.WhenAll(_runners.Select(runner => runner.Completion));

    /// <summary>True where a source could not be read at all.</summary>
    public bool HasFailed => _runners.Exists(runner => runner.Health.State == SourceState.Failed);

    /// <summary>True where anything judged was more than information, whether the store knew it or not.</summary>
    public bool HasAlarms => _feed.HasAlarms;

    /// <summary>What became of the deviations.</summary>
    public IntakeResult Result => _intake.Result;

    /// <summary>What the dashboard is made of.</summary>
    public DashboardParts Dashboard => new()
    {
        Alerts = _store,
        Changes = _store,
        Accounts = _store.Accounts,
        Series = _influx is null ? _store.Series : new InfluxSeriesReader(_influx),
        Desk = new AlertDesk(_store, _pipeline, _clock),
        Plant = _plant,
        Clock = _clock,
        AccountOptions = new AccountOptions { SessionIdle = _configuration.Http.SessionIdle },
        KeyFolder = Path.Combine(_configuration.Data!, "keys"),
        IsHttps = _configuration.Http.Https,
    };

    /// <summary>How it does now.</summary>
    public MonitorHealth Health()
    {
        IReadOnlyList<SourceHealth> sources = [.. _runners.Select(runner => runner.Health)];
        var intake = _intake.Counters;
        var reasons = Reasons(sources, intake).ToList();
        var isBlind = sources.Count > 0
            && sources.All(source => source.Blind.Count > 0 || source.State == SourceState.Failed);
        var result = _intake.Result;
        return new MonitorHealth
        {
            Status = isBlind ? "blind" : reasons.Count > 0 ? "degraded" : "ok",
            Reasons = reasons,
            StartedAt = _startedAt,
            Version = Destinations.Version,
            Sources = sources,
            Feed = new FeedHealth(
                _feed.Waiting, _configuration.Feed.Capacity, _feed.Offered, _feed.Deferred, _feed.Points,
                _feed.PointsDropped),
            Intake = intake,
            Decisions = result.Reasons,
            AlertsRaised = result.Raised,
            Lag = new LagHealth(
                _intake.Lag.Count, _intake.Lag.Quantile(0.5), _intake.Lag.Quantile(0.99), _intake.Lag.Quantile(1)),
            Store = new StoreHealth(_configuration.Store.Path, _store.Room, _figures),
            Destinations = _destinations,
        };
    }

    /// <summary>Ends the sources, empties the feed into the store and, as far as it goes, the outbox.</summary>
    /// <returns>False where something that was judged could not be stored.</returns>
    public async Task<bool> StopAsync()
    {
        foreach (var runner in _runners) runner.Stop();
        var ended = Task.WhenAll(_runners.Select(runner => runner.Completion));
        // A judge that waits for a store that takes nothing would wait for ever.
        await Task.WhenAny(ended, Task.Delay(Grace, _clock));
        if (!ended.IsCompleted) _intake.GiveUp();
        await ended;
        _feed.Complete();
        await Task.WhenAny(_storing, Task.Delay(Grace, _clock));
        _intake.GiveUp();
        await _storing;
        await _stop.CancelAsync();
        await Task.WhenAll(_working);
        await _dispatching;
        await EmptyOutboxAsync();
        await TakeFiguresAsync();
        return _intake.Counters.Dropped.Count == 0;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var runner in _runners) runner.Dispose();
        foreach (var sink in _sinks) await sink.DisposeAsync();
        await _store.DisposeAsync();
        _intake.Dispose();
        _plant.Dispose();
        _influx?.Dispose();
        _stop.Dispose();
    }

    private static Dictionary<string, Baseline> Baselines(ServiceConfiguration configuration)
    {
        var key = configuration.RequireSignature is { } file ? new FileInfo(file) : null;
        var read = new Dictionary<string, Baseline>(StringComparer.Ordinal);
        foreach (var path in configuration.Sources.Select(source => source.Baseline).Append(configuration.Baseline)
            .OfType<string>().Distinct(StringComparer.Ordinal))
        {
            var baseline = new BaselineFile(new FileInfo(path)).Load();
            Trust.Require(baseline, Path.GetFileName(path), key, configuration.RequireApprovals);
            read.Add(path, baseline);
        }

        return read;
    }

    /// <summary>
    /// Puts the work that the site file announces into the store, and ends what it announced before and no longer does.
    /// </summary>
    private async Task AnnounceWorkAsync()
    {
        var now = Moments.Now(_clock);
        var announced = _site.Maintenance.ToDictionary(window => window.Id, StringComparer.Ordinal);
        var kept = (await _store.ListWindowsAsync(CancellationToken.None))
            .Where(window => window.Id.StartsWith(SiteFile.WindowPrefix, StringComparison.Ordinal)).ToList();
        await using var transaction = await _store.BeginAsync(CancellationToken.None);
        foreach (var window in announced.Values.Where(window => kept.TrueForAll(one => one.Id != window.Id)))
        {
            await transaction.PutWindowAsync(window, CancellationToken.None);
            await transaction.AppendJournalAsync(
                new JournalAct(
                    _clock.GetUtcNow(), AlertPipeline.Service with { Why = "announced in the site file" },
                    JournalVerb.OpenWindow, window.Id, window.WorkOrder),
                CancellationToken.None);
        }

        foreach (var window in kept.Where(window => !announced.ContainsKey(window.Id) && window.Until > now))
        {
            await transaction.PutWindowAsync(window with { Until = now }, CancellationToken.None);
            await transaction.AppendJournalAsync(
                new JournalAct(
                    _clock.GetUtcNow(), AlertPipeline.Service with { Why = "no longer in the site file" },
                    JournalVerb.EndWindow, window.Id, window.WorkOrder),
                CancellationToken.None);
        }

        await transaction.CommitAsync(CancellationToken.None);
    }

    private void Start()
    {
        _storing = Task.WhenAll(Task.Run(_intake.RunDeviationsAsync), Task.Run(_intake.RunSeriesAsync));
        _dispatching = _dispatcher.RunAsync(_sinks, _stop.Token);
        _working =
        [
            RepeatAsync(SweepEvery, SweepAsync), RepeatAsync(ExpireEvery, ExpireAsync),
            RepeatAsync(FiguresEvery, TakeFiguresAsync), SetUpSeriesStoresAsync(),
        ];
        foreach (var runner in _runners) runner.Start();
    }

    private IEnumerable<string> Reasons(IReadOnlyList<SourceHealth> sources, StageHealth intake)
    {
        if (sources.Count == 0) yield return "No source is configured: nothing is listened to.";
        foreach (var source in sources)
        {
            if (source.State is SourceState.Gone or SourceState.Failed) yield return $"{source.Name}: {source.Text}";
            else foreach (var kind in source.Blind)
                yield return $"{source.Name}: {DeviationCatalogue.Kind(kind).Title}.";
            if (source.BeyondCapacity > 0)
                yield return $"{source.Name}: {source.BeyondCapacity:N0} findings were counted and not told singly.";
        }

        if (_store.Room != RoomStage.Ample) yield return $"The store is short of room: {_store.Room}.";
        foreach (var (reason, count) in intake.Dropped)
            yield return $"{count:N0} deviations were not stored: {reason}.";
        if (_sweepFault is { } fault) yield return $"The store could not be kept in order: {fault}";
        foreach (var destination in _destinations)
            if (destination.Attempts > 0)
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{destination.Name} takes nothing ({destination.Waiting:N0} waiting): {destination.LastFault}");
    }

    private async Task RepeatAsync(TimeSpan every, Func<Task> act)
    {
        using var timer = new PeriodicTimer(every, _clock);
        try
        {
            do await act();
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private Task SweepAsync() => KeepAsync(() => _pipeline.SweepAsync(_stop.Token));

    private Task ExpireAsync() => KeepAsync(() => _store.RemoveExpiredAsync(_stop.Token));

    /// <summary>Keeps the store in order; a fault is shown and the next time tried again.</summary>
    private async Task KeepAsync(Func<Task> act)
    {
        try
        {
            await act();
            _sweepFault = null;
        }
        catch (Exception fault) when (fault is StoreException or IOException)
        {
            _sweepFault = fault.Message;
        }
    }

    private Task TakeFiguresAsync() => KeepAsync(async () =>
    {
        _figures = await _store.FiguresAsync(CancellationToken.None);
        _destinations = await _store.Outbox.StatusAsync(CancellationToken.None);
    });

    private async Task SetUpSeriesStoresAsync()
    {
        foreach (var options in _configuration.Sinks.Influx)
        {
            using var client = new InfluxClient(options);
            InfluxSetup setup;
            try
            {
                setup = await client.SetUpAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            // A user that may not create it may still write where it is there: the sink will tell.
            if (!setup.IsReady) _say($"{options.Name}: {setup.Text} If it is missing: {setup.Command}");
        }
    }

    /// <summary>Sends what waits, until a destination has nothing more, does not answer, or the time is over.</summary>
    private async Task EmptyOutboxAsync()
    {
        using var grace = new CancellationTokenSource(Grace, _clock);
        await Task.WhenAll(_sinks.Select(async sink =>
        {
            try
            {
                while (await _dispatcher.SendOnceAsync(sink, grace.Token))
                {
                    // Until nothing is left, or not now.
                }
            }
            catch (OperationCanceledException) when (grace.IsCancellationRequested)
            {
                // It waits in the store for the next start.
            }
        }));
    }

    /// <summary>Jitter has to differ between sites that start at the same moment.</summary>
    private static int Seed() => RandomNumberGenerator.GetInt32(int.MaxValue);
}
