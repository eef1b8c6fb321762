using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Host.Commands;
using OtGuard.Host.Configuration;
using OtGuard.Host.Service;
using OtGuard.Models.Signals;
using OtGuard.Simulators.Live;
using OtGuard.Storage;
using OtGuard.Storage.Embedded;
using OtGuard.Storage.InfluxDb;

namespace OtGuard.Host.Runs;

/// <summary>
/// Writes what runs judge to an InfluxDB server: deviations, alerts, traffic and values of signals, the way the service
/// does it, through a store of its own for the time of the run.
/// </summary>
internal sealed class InfluxFeed : IAsyncDisposable
{
    private const int AtOnce = 500;

    private readonly InfluxSink _sink;
    private readonly EmbeddedStore _store;
    private readonly AlertPipeline _pipeline;
    private readonly OutboxSeriesWriter _series;
    private readonly OutboxDispatcher _dispatcher;
    private readonly InfluxOptions _options;
    private readonly List<IReadOnlyList<SeriesPoint>> _points = [];
    private TrafficRollUp? _rollUp;
    private string? _site;

    private InfluxFeed(InfluxOptions options, EmbeddedStore store)
    {
        (_options, _store) = (options, store);
        _sink = new InfluxSink(new InfluxClient(options));
        var route = new Route { Destination = options.Name, Deviations = true, EveryChange = true };
        _pipeline = new AlertPipeline(store, new AlertingOptions { Routes = [route] }, TimeProvider.System);
        _series = new OutboxSeriesWriter(store, options.Name, TimeProvider.System);
        _dispatcher = new OutboxDispatcher(store.Outbox, new BackoffOptions(), TimeProvider.System, new Random(0));
    }

    /// <summary>What the options of a command line say; null for no server.</summary>
    /// <exception cref="UsageException">They do not go together.</exception>
    public static InfluxOptions? Options(string? address, string database, string? user, FileInfo? password)
    {
        if (address is null)
            return user is null && password is null
                ? null
                : throw new UsageException("--influx-user and --influx-password-file are for --influx.");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new UsageException($"--influx takes a web address, as http://127.0.0.1:8086, not '{address}'.");
        return new InfluxOptions
        {
            Url = url,
            Database = database,
            User = user,
            Password = password is null ? null : File.ReadAllText(password.FullName).TrimEnd('\r', '\n'),
        };
    }

    /// <summary>Makes the database where it is missing, and the store.</summary>
    /// <exception cref="LiveException">The server does not answer, or may not be written to.</exception>
    public static async Task<InfluxFeed> OpenAsync(InfluxOptions options, string store, CancellationToken cancellation)
    {
        using var client = new InfluxClient(options);
        var setup = await client.SetUpAsync(cancellation);
        var answer = await client.QueryAsync("SHOW MEASUREMENTS LIMIT 1", cancellation);
        if (!answer.IsDone || InfluxClient.ErrorOf(answer.Text) is not null)
            throw new LiveException(
                $"{setup.Text}{(setup.Command is null ? "" : $" To make it by hand: {setup.Command}")}");
        return new InfluxFeed(
            options,
            EmbeddedStore.Open(
                new EmbeddedStoreOptions { Path = store, ReserveBytes = 0, RecordsAsSeries = false },
                TimeProvider.System));
    }

    /// <summary>Follows a run from its first frame.</summary>
    public void Watch(JudgingRun run, string site)
    {
        _site = site;
        var (origin, options) = (new DeviationOrigin(site), new FeedOptions());
        SignalRollUp? signals = null;
        if (run.Baseline is { } baseline)
        {
            var sampler = new SignalSampler(run.Protocols, baseline);
            run.Add(sampler);
            signals = new SignalRollUp("demo", origin, options, sampler, _points.Add);
        }

        _rollUp = new TrafficRollUp("demo", origin, options, () => run.Run.Traffic.Conversations, _points.Add, signals);
        run.Run.FrameListener = _rollUp;
    }

    /// <summary>Takes what a run judged, and sends it.</summary>
    public async Task TakeAsync(JudgingRun run, CancellationToken cancellation)
    {
        _rollUp?.Finish();
        var origin = new DeviationOrigin(_site);
        foreach (var batch in run.Deviations.OrderBy(deviation => deviation.FirstSeen).Chunk(AtOnce))
            await _pipeline.TakeAsync(
                [.. batch.Select(d => DeviationRecord.Of(d, run.Protocols.Name(d.Protocol), origin))], cancellation);
        foreach (var points in _points) await _series.WriteAsync(points, cancellation);
        _points.Clear();
        while (await _dispatcher.SendOnceAsync(_sink, cancellation))
        {
            // Until nothing is left, or the server takes nothing now.
        }
    }

    /// <summary>What became of it, in a sentence.</summary>
    public async Task<string> FinishAsync(CancellationToken cancellation)
    {
        var status = (await _store.Outbox.StatusAsync(cancellation)).FirstOrDefault(one => one.Name == _options.Name);
        var (delivered, left) = (status?.Delivered ?? 0, (status?.Waiting ?? 0) + (status?.DeadLetters ?? 0));
        var fault = status?.LastFault is { } last ? $" ({last})" : "";
        return left == 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{_options.Url}: {delivered:N0} messages are in the database {_options.Database}.")
            : string.Create(
                CultureInfo.InvariantCulture,
                    $"{_options.Url}: {left:N0} of {left + delivered:N0} messages were not taken{fault}.");
    }

    public async ValueTask DisposeAsync()
    {
        await _sink.DisposeAsync();
        await _store.DisposeAsync();
    }
}
