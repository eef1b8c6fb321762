using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using OtGuard.Alerting;
using OtGuard.Detections;
using OtGuard.Dashboard;
using OtGuard.Dashboard.Access;
using OtGuard.Exchange;
using OtGuard.Exchange.Cases;
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

    /// <summary>How often the write ledger and what is seen on buses are put into the store: what a crash may cost.</summary>
    private static readonly TimeSpan RememberEvery = TimeSpan.FromSeconds(30);

    private volatile ServiceConfiguration _configuration;
    private volatile Site _site;
    private JudgeParts _parts;
    private readonly TimeProvider _clock;
    private readonly Action<string> _say;
    private readonly EmbeddedStore _store;
    private volatile AlertPipeline _pipeline;
    private readonly Dictionary<string, Sending> _sinks = new(StringComparer.Ordinal);
    private readonly OutboxDispatcher _dispatcher;
    private readonly Feed _feed;
    private readonly StoreIntake _intake;
    private volatile IReadOnlyList<SourceRunner> _runners = [];
    private readonly MonitorPlant _plant;
    private readonly PlantMemory _memory;
    private readonly InfluxClient? _influx;
    private readonly CancellationTokenSource _stop = new();
    private readonly DateTimeOffset _startedAt;
    private List<Task> _working = [];
    private volatile ReloadHealth? _reload;
    private Task _storing = Task.CompletedTask;
    private volatile StoreFigures? _figures;
    private volatile IReadOnlyList<DestinationStatus> _destinations = [];
    private readonly ConcurrentDictionary<string, string> _keepingFaults = new(StringComparer.Ordinal);
    private (long Stamp, DateTimeOffset ReadAt) _indicators;
    private readonly Lock _partsGate = new();

    private Monitor(
        ServiceConfiguration configuration, Site site, JudgeParts parts, EmbeddedStore store, TimeProvider clock,
        Action<string> say)
    {
        (_configuration, _site, _parts, _store, _clock, _say) = (configuration, site, parts, store, clock, say);
        _startedAt = clock.GetUtcNow();
        _pipeline = PipelineOf(configuration, site);
        _dispatcher = new OutboxDispatcher(store.Outbox, new BackoffOptions(), clock, new Random(Seed()));
        _feed = new Feed(configuration.Feed.Capacity, configuration.Feed.SeriesCapacity);
        IReadOnlyList<ISeriesWriter> series = configuration.Sinks.Influx.Count == 0
            ? [store.Series]
            : [.. configuration.Sinks.Influx.Select(sink => new OutboxSeriesWriter(store, sink.Name, clock))];
        _intake = new StoreIntake(_feed, _pipeline, series, clock, say);
        _memory = new PlantMemory(store.Acts);
        _runners = [.. configuration.Sources.Select(RunnerOf)];
        _plant = new MonitorPlant(
            configuration, () => (_configuration, _site), parts, Health,
            () => [.. _runners.Select(runner => _memory.With(runner.Name, runner.Picture))], clock);
        _influx = configuration.Sinks.Influx is [var first, ..] ? new InfluxClient(first) : null;
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
            new DetectorOptions
            {
                Site = site.Declared,
                IndicatorMatch = SoughtIndicators.Read(Intelligence(configuration), clock),
            },
            site,
            configuration.Traffic,
            configuration.Evidence);
        var store = EmbeddedStore.Open(
            configuration.Store with { RecordsAsSeries = configuration.Sinks.Influx.Count == 0 }, clock);
        var monitor = new Monitor(configuration, site, parts, store, clock, Say);
        await monitor.AnnounceAsync();
        foreach (var source in configuration.Sources) await monitor._memory.LoadAsync(source.Name, CancellationToken.None);
        monitor.Start();
        return monitor;
    }

    /// <summary>Completes once every source has ended by itself or cannot be read at all.</summary>
    public async Task SourcesEndAsync()
    {
        IReadOnlyList<SourceRunner> waited;
        do
        {
            waited = _runners;
            await Task.WhenAll(waited.Select(runner => runner.Completion));
        }
        while (!ReferenceEquals(waited, _runners));
    }

    /// <summary>True where a source could not be read at all.</summary>
    public bool HasFailed => _runners.Any(runner => runner.Health.State == SourceState.Failed);

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
        Cases = _store.Cases,
        Exchange = _configuration.Exchange,
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
            Rights = OperatingSystem.IsLinux() ? Capturing.Confinement.ReadBack().ToString() : null,
            Sources = sources,
            Feed = new FeedHealth(
                _feed.Waiting, _configuration.Feed.Capacity, _feed.Offered, _feed.Deferred, _feed.Points,
                _feed.PointsDropped),
            Intake = intake,
            Decisions = result.Reasons,
            AlertsRaised = result.Raised,
            Lag = LagHealth.Of(_intake.Lag),
            VerdictLag = LagHealth.Of(_intake.Verdicts),
            Store = new StoreHealth(_configuration.Store.Path, _store.Room, _figures),
            Destinations = _destinations,
            Reload = _reload,
        };
    }

    /// <summary>
    /// Goes over to another configuration without losing anything that is known: all of it, or, where some of it cannot
    /// change while the service runs, nothing. Called by one at a time.
    /// </summary>
    /// <param name="read">Reads the configuration, and the site it names.</param>
    /// <returns>What became of it, in a sentence.</returns>
    public async Task<ReloadHealth> ReloadAsync(Func<(ServiceConfiguration Configuration, Site Site)> read)
    {
        string? refused;
        try
        {
            var (configuration, site) = read();
            refused = string.Join(' ', Reloading.Refusals(_configuration, configuration));
            if (refused.Length == 0)
            {
                // Whatever may be wrong is met before anything has changed.
                var declared = site.Text == _site.Text ? _site : site;
                var parts = _parts with
                {
                    Baselines = Baselines(configuration, _parts.Baselines),
                    Site = declared,
                    Detectors = _parts.Detectors with { Site = declared.Declared },
                };
                var changes = await ApplyAsync(configuration, parts);
                return _reload = new ReloadHealth(_clock.GetUtcNow(), true, changes);
            }
        }
        catch (Exception fault) when (fault is ConfigurationException or BaselineFormatException or UsageException
            or IOException or UnauthorizedAccessException)
        {
            refused = fault.Message;
        }

        return _reload = new ReloadHealth(
            _clock.GetUtcNow(), false, $"The configuration was not reloaded, and the one before is in force: {refused}");
    }

    private async Task<string> ApplyAsync(ServiceConfiguration configuration, JudgeParts parts)
    {
        var before = _configuration;
        var hasSiteChanged = !ReferenceEquals(_site, parts.Site);
        lock (_partsGate)
        {
            (_configuration, _site, _parts) =
                (configuration, parts.Site, parts with
                {
                    Detectors = parts.Detectors with { IndicatorMatch = _parts.Detectors.IndicatorMatch },
                });
        }

        var (added, gone) = Reloading.Compare(
            before.Sources.Select(source => (source.Name, (object)source)),
            configuration.Sources.Select(source => (source.Name, (object)source)));
        var leaving = _runners.Where(runner => gone.Contains(runner.Name)).ToList();
        var coming = configuration.Sources.Where(source => added.Contains(source.Name)).Select(RunnerOf).ToList();
        foreach (var runner in coming) await _memory.LoadAsync(runner.Name, CancellationToken.None);
        _runners = [.. _runners.Except(leaving), .. coming];
        foreach (var runner in leaving) runner.Stop();
        lock (_partsGate) foreach (var runner in _runners.Except(coming)) runner.Use(_parts);
        foreach (var runner in coming) runner.Start();
        await LookForIndicatorsAsync();
        _pipeline = PipelineOf(configuration, parts.Site);
        _intake.Use(_pipeline);
        await AnnounceAsync();
        var (newSinks, oldSinks) = Reloading.Compare(before.Sinks.All(), configuration.Sinks.All());
        foreach (var name in oldSinks) await _sinks[name].StopAsync();
        foreach (var name in oldSinks) _sinks.Remove(name);
        foreach (var sink in Destinations.Create(configuration.Sinks, _clock))
        {
            if (newSinks.Contains(sink.Name)) _sinks[sink.Name] = new Sending(sink, _dispatcher, _stop.Token);
            else await sink.DisposeAsync();
        }

        foreach (var runner in leaving) await runner.Completion;
        foreach (var runner in leaving) runner.Dispose();
        List<string> said =
        [
            .. added.Select(name => $"source {name} is listened to"), .. gone.Select(name => $"source {name} no longer is"),
            .. newSinks.Select(name => $"{name} is sent to anew"),
            .. oldSinks.Except(newSinks).Select(name => $"{name} no longer is"),
        ];
        if (hasSiteChanged) said.Add("it is judged by the new site file");
        if (!Reloading.IsSame(before.Alerting, configuration.Alerting)) said.Add("alerts are made by the new settings");
        return said.Count == 0 ? "The configuration was reloaded; nothing in it has changed."
            : $"The configuration was reloaded: {string.Join(", ", said)}.";
    }

    private AlertPipeline PipelineOf(ServiceConfiguration configuration, Site site) => new(
        _store, configuration.Alerting with { Routes = ConfigurationFile.Routes(configuration) }, _clock, site.Assets);

    private SourceRunner RunnerOf(SourceSettings source) => new(
        source with { Site = source.Site ?? _site.Name }, _parts, source.Baseline ?? _configuration.Baseline,
        Path.Combine(_configuration.Data!, $"{source.Name}.learned.baseline"), _configuration.Feed,
        _configuration.Blindness, _feed, _clock, _say);

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
        foreach (var service in _sinks.Values) await service.Serving;
        await EmptyOutboxAsync();
        await RememberAsync();
        await TakeFiguresAsync();
        return _intake.Counters.Dropped.Count == 0;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var runner in _runners) runner.Dispose();
        foreach (var service in _sinks.Values) await service.DisposeAsync();
        await _store.DisposeAsync();
        _intake.Dispose();
        _plant.Dispose();
        _influx?.Dispose();
        _stop.Dispose();
    }

    /// <summary>The baselines of a configuration; one that was read before is not read again.</summary>
    private static Dictionary<string, Baseline> Baselines(
        ServiceConfiguration configuration, IReadOnlyDictionary<string, Baseline>? before = null)
    {
        var key = configuration.RequireSignature is { } file ? new FileInfo(file) : null;
        var read = new Dictionary<string, Baseline>(StringComparer.Ordinal);
        foreach (var path in configuration.Sources.Select(source => source.Baseline).Append(configuration.Baseline)
            .OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (before?.TryGetValue(path, out var known) == true)
            {
                read.Add(path, known);
                continue;
            }

            var baseline = new BaselineFile(new FileInfo(path)).Load();
            Trust.Require(baseline, Path.GetFileName(path), key, configuration.RequireApprovals);
            read.Add(path, baseline);
        }

        return read;
    }

    /// <summary>
    /// Puts the work that the site file announces into the store, and ends what it announced before and no longer does;
    /// and who is sent what.
    /// </summary>
    private async Task AnnounceAsync()
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

        // Who acts on alerts from the command line sends what follows by the same routes.
        await transaction.PutRoutesAsync(ConfigurationFile.Routes(_configuration), CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    private void Start()
    {
        _storing = Task.WhenAll(Task.Run(_intake.RunDeviationsAsync), Task.Run(_intake.RunSeriesAsync));
        foreach (var sink in Destinations.Create(_configuration.Sinks, _clock))
            _sinks.Add(sink.Name, new Sending(sink, _dispatcher, _stop.Token));
        _working =
        [
            RepeatAsync(SweepEvery, SweepAsync), RepeatAsync(ExpireEvery, ExpireAsync),
            RepeatAsync(SweepEvery, RemindAsync), RepeatAsync(SweepEvery, LookForIndicatorsAsync),
            RepeatAsync(RememberEvery, RememberAsync),
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
            if (source.Traffic is { Fault: { } fault }) yield return $"{source.Name}: no traffic is kept: {fault}";
            if (source.Traffic?.Ring is { LostFrames: > 0 } ring)
                yield return $"{source.Name}: {ring.LostFrames:N0} frames were judged and not kept: {ring.LastFault}";
            if (source.Traffic?.Evidence is { } evidence && evidence.Failed + evidence.Refused > 0)
                yield return $"{source.Name}: evidence could not be kept {evidence.Failed + evidence.Refused:N0} times"
                    + (evidence.LastFault is { } why ? $": {why}" : ": there was too much of it at once.");
            if (source.BeyondCapacity > 0)
                yield return $"{source.Name}: {source.BeyondCapacity:N0} findings were counted and not told singly.";
        }

        if (_reload is { IsApplied: false } reload) yield return reload.Text;
        if (_store.Room != RoomStage.Ample) yield return $"The store is short of room: {_store.Room}.";
        foreach (var (reason, count) in intake.Dropped)
            yield return $"{count:N0} deviations were not stored: {reason}.";
        foreach (var (what, fault) in _keepingFaults.OrderBy(fault => fault.Key, StringComparer.Ordinal))
            yield return $"{what}: {fault}";
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

    private Task SweepAsync() => KeepAsync("The store could not be kept in order", () => _pipeline.SweepAsync(_stop.Token));

    /// <summary>The folder of indicators; null where there is none yet.</summary>
    private static DirectoryInfo? Intelligence(ServiceConfiguration configuration) =>
        configuration.Exchange is { } exchange && ExchangeFolder.Open(exchange).Intelligence is { } folder && Directory.Exists(folder)
            ? new DirectoryInfo(folder)
            : null;

    /// <summary>
    /// Partners' indicators may come, end and begin to hold while it runs: where they are others than before, they are looked for
    /// from now on.
    /// </summary>
    private Task LookForIndicatorsAsync() => KeepAsync("Partners' indicators cannot be read, and those before are looked for", () =>
    {
        var (now, folder) = (_clock.GetUtcNow(), Intelligence(_configuration));
        var stamp = folder?.EnumerateFiles("*", SearchOption.AllDirectories).Select(file => file.LastWriteTimeUtc.Ticks)
            .Order().Aggregate(0L, (sum, ticks) => unchecked((sum * 31) + ticks)) ?? 0;
        lock (_partsGate)
        {
            if (stamp == _indicators.Stamp && now - _indicators.ReadAt < ExpireEvery) return Task.CompletedTask;
            // Those of the start were read with everything else.
            if (_indicators.ReadAt != default)
            {
                _parts = _parts with
                {
                    Detectors = _parts.Detectors with { IndicatorMatch = SoughtIndicators.Read(folder, _clock) },
                };
                foreach (var runner in _runners) runner.Use(_parts);
            }

            // What could not be read is tried again, and said until it can be.
            _indicators = (stamp, now);
        }

        return Task.CompletedTask;
    });

    /// <summary>Tells people of reports that are due; partners' and regimes' files may change while it runs.</summary>
    private Task RemindAsync() => _configuration.Exchange is not { } exchange
        ? Task.CompletedTask
        : KeepAsync("Reports that are due cannot be told", async () =>
        {
            var escalation = Escalation.Open(exchange, _store, _store.Cases, evidence: null, _clock);
            // A series store takes what has a place among its points.
            var told = _configuration.Sinks.Names().Select(sink => sink.Name)
                .Except(_configuration.Sinks.Influx.Select(sink => sink.Name)).ToList();
            await new CaseReminders(escalation.Cases, _store, _clock).RemindAsync(told, _stop.Token);
        });

    private Task RememberAsync() => KeepAsync("What was written and seen on buses could not be kept", async () =>
    {
        foreach (var runner in _runners) await _memory.KeepAsync(runner.Name, runner.LatestPicture, CancellationToken.None);
    });

    private Task ExpireAsync() => KeepAsync("What is past its age could not be removed", () => _store.RemoveExpiredAsync(_stop.Token));

    /// <summary>Does what is done again and again; a fault is shown until it went well, and the next time tried again.</summary>
    private async Task KeepAsync(string failing, Func<Task> act)
    {
        try
        {
            await act();
            _keepingFaults.TryRemove(failing, out _);
        }
        catch (Exception fault) when (fault is StoreException or IOException or UnauthorizedAccessException or UsageException
            or ExchangeException or ExchangeFormatException)
        {
            _keepingFaults[failing] = fault.Message;
        }
    }

    private Task TakeFiguresAsync() => KeepAsync("The store does not tell how it is", async () =>
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
        await Task.WhenAll(_sinks.Values.Select(async service =>
        {
            try
            {
                while (await _dispatcher.SendOnceAsync(service.Sink, grace.Token))
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

    /// <summary>A destination that is being sent to.</summary>
    private sealed class Sending : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop;

        public Sending(ISink sink, OutboxDispatcher dispatcher, CancellationToken stop)
        {
            Sink = sink;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
            Serving = dispatcher.RunAsync([sink], _stop.Token);
        }

        public ISink Sink { get; }

        public Task Serving { get; }

        /// <summary>Sends no more; what waits stays in the outbox.</summary>
        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Serving;
            await DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Sink.DisposeAsync();
            _stop.Dispose();
        }
    }

    /// <summary>Jitter has to differ between sites that start at the same moment.</summary>
    private static int Seed() => RandomNumberGenerator.GetInt32(int.MaxValue);
}
